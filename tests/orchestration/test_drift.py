"""A dataset is compared with its version before, which DVC's cache still holds."""

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from orchestration.small_project import Project

from explainrec_dagster.drift import drift_expectations
from explainrec_models.data import schema
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.quality.profile import profile

ROOT = Path(__file__).parents[2]


def profile_of(rating: float, rows: int) -> str:
    events = {
        schema.USER_ID: [f"u{number % 10}" for number in range(rows)],
        schema.ITEM_ID: [f"i{number % 7}" for number in range(rows)],
        schema.RATING: [rating if number % 2 else 3.0 for number in range(rows)],
        schema.TIMESTAMP: [900_000_000_000 + number for number in range(rows)],
    }
    items = pl.DataFrame({schema.ITEM_ID: [f"i{n}" for n in range(7)]}).with_columns(
        **{name: pl.lit(None, dtype=dtype) for name, dtype in ITEM_SCHEMA.items() if name != schema.ITEM_ID}
    )
    table = pl.DataFrame(events).cast(RAW_INTERACTION_SCHEMA)
    return json.dumps(profile(table, items.with_columns(pl.lit("t").alias(schema.TITLE)), like_threshold=4))


@pytest.fixture
def profiled(project: Project) -> Project:
    """A project whose validate stage also writes a profile, taken from its sources."""
    tool = project.root / "tool.py"
    code = tool.read_text(encoding="utf-8")
    line = '    write(out, {"expectations": 1})\n'
    assert line in code
    copy = '    (out / "profile.json").write_bytes(Path("sources", dataset + ".json").read_bytes())\n'
    tool.write_text(code.replace(line, line + copy), encoding="utf-8")
    # The raw rows must change for the stage to run again.
    new_version(project, rating=5.0, rows=200)
    (project.root / "params.yaml").write_text(
        (ROOT / "params.yaml").read_text(encoding="utf-8").replace("- ml-100k", "- films").replace("ml-100k:", "films:")
        .replace("- sample-shop", "- shop").replace("sample-shop:", "shop:"),
        encoding="utf-8",
    )  # fmt: skip
    return project


def new_version(project: Project, *, rating: float, rows: int) -> None:
    for dataset in ("films", "shop"):
        (project.root / "sources" / f"{dataset}.json").write_text(profile_of(rating, rows), encoding="utf-8")
        (project.root / "sources" / f"{dataset}.txt").write_text(f"good rows {rating} {rows}\n", encoding="utf-8")


def drift_check(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    found = [one for one in result.get_asset_check_evaluations() if one.check_name == "drift_warning"]
    assert len(found) == 1
    return found[0]


def fetch_again(project: Project) -> None:
    """Change what params.yaml says of the sources, which DVC sees; the files themselves lie outside its view."""
    params = project.root / "params.yaml"
    params.write_text(params.read_text(encoding="utf-8").replace("like_threshold: 4", "like_threshold: 3"))


def test_a_drifted_version_is_shown_and_stops_nothing(profiled: Project, instance: dg.DagsterInstance) -> None:
    first = profiled.materialize(instance, "films", groups="code data")
    assert first.success
    assert drift_check(first).passed
    new_version(profiled, rating=1.0, rows=900)
    fetch_again(profiled)
    second = profiled.materialize(instance, "films", groups="code data")
    assert second.success
    check = drift_check(second)
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    assert "the number of ratings is near the earlier one" in (check.description or "")


def test_nothing_is_compared_without_an_older_version(profiled: Project) -> None:
    profiled.dvc("repro", "validate@films")
    stage = profiled.pipeline.stage("validate", "films")
    assert drift_expectations(profiled.root, stage, None) == []
    assert drift_expectations(profiled.root, stage, "0" * 32 + ".dir") == []
