"""The stage ``check`` on small invented outputs; the suites themselves are tested in tests/quality/test_outputs.py."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from checked_outputs import SYSTEM, Outputs, write_outputs

from explainrec_models.data import schema
from explainrec_models.data.outputs import read_json
from explainrec_models.errors import MissingArtefactError, QualityError
from explainrec_models.parts.retrieval import Order
from explainrec_models.stages.check import CheckReport, check

RANKING = f"predictions/{SYSTEM}/ranking"


@pytest.fixture
def outputs(tmp_path: Path) -> Outputs:
    return write_outputs(tmp_path / "outputs")


def run(
    tmp_path: Path, outputs: Outputs, *, system: str = SYSTEM, order: Order = "scores", **limits: Any
) -> CheckReport:
    return check(
        tmp_path / "checked" / "shop",
        key="shop",
        systems=[system],
        order=order,
        scratch=tmp_path / "scratch" / "shop",
        **vars(outputs.folders),
        **limits,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def worse(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.lit(7, pl.Int32).alias(schema.RANK))


def test_good_outputs_give_a_verdict_a_report_and_pages(tmp_path: Path, outputs: Outputs) -> None:
    report = run(tmp_path, outputs)
    out = tmp_path / "checked" / "shop"
    assert report.outcome.critical_failures == report.outcome.warnings == ()
    assert report.rows == {
        "image_features": 6,
        "text_features": 6,
        "attribution_labels": 5,
        "attribution_labels_by_example": 2,
        f"predictions_{SYSTEM}": 4,
        f"predictions_{SYSTEM}_ranking": 5,
    }
    assert read_json(out / "report.json") == {**report.summary(), "critical_failures": [], "warnings": []}
    assert read_json(out / "verdict.json")["success"] is True
    assert "attribution_labels" in (out / "data_docs" / "index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "scratch" / "shop").exists()


def test_scores_need_not_fall_in_lists_that_are_ordered_by_both_ranks(tmp_path: Path, outputs: Outputs) -> None:
    def rising(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(pl.Series(schema.SCORE, [0.1, 0.2, 0.3, 0.1, 0.2], dtype=pl.Float32))

    outputs.change(RANKING, rising)
    for system in ("explainrec", "ease"):
        (outputs.folders.predictions / system).symlink_to(outputs.folders.predictions / SYSTEM)
    assert run(tmp_path, outputs, system="explainrec", order="fused").outcome.critical_failures == ()
    with pytest.raises(QualityError, match="scores fall with the rank"):
        run(tmp_path, outputs, system="explainrec")
    # The whole catalogue is ranked by scores whatever the order of lists is.
    with pytest.raises(QualityError, match="scores fall with the rank"):
        run(tmp_path, outputs, system="ease", order="fused")


def test_two_runs_give_equal_bytes(tmp_path: Path, outputs: Outputs) -> None:
    out = tmp_path / "checked" / "shop"
    run(tmp_path, outputs)
    before = contents(out)
    run(tmp_path, outputs)
    assert contents(out) == before


def test_a_warning_stops_nothing(tmp_path: Path, outputs: Outputs) -> None:
    report = run(tmp_path, outputs, max_missing_picture_share=0.0)
    assert report.outcome.warnings == ("image_features: items have a picture",)
    assert read_json(tmp_path / "checked" / "shop" / "verdict.json")["success"] is True


def test_a_critical_failure_is_kept_and_raised(tmp_path: Path, outputs: Outputs) -> None:
    outputs.change(RANKING, worse)
    with pytest.raises(QualityError, match="dataset 'shop' failed 1 critical expectation:") as caught:
        run(tmp_path, outputs)
    scratch = tmp_path / "scratch" / "shop"
    lines = str(caught.value).splitlines()
    assert lines[1].startswith(f"  predictions_{SYSTEM}_ranking: ranks count from 1 without gaps: found 5 of 5 rows")
    assert lines[2].startswith(f"Details: {scratch / 'data_docs' / 'index.html'}. A stage before this one")
    assert contents(scratch) == contents(tmp_path / "checked" / "shop")
    assert read_json(scratch / "verdict.json")["success"] is False


def test_a_later_success_removes_the_copy_of_the_failure(tmp_path: Path, outputs: Outputs) -> None:
    good = (outputs.root / f"{RANKING}.parquet").read_bytes()
    outputs.change(RANKING, worse)
    with pytest.raises(QualityError, match="ranks count from 1"):
        run(tmp_path, outputs)
    (outputs.root / f"{RANKING}.parquet").write_bytes(good)
    run(tmp_path, outputs)
    assert not (tmp_path / "scratch" / "shop").exists()


def test_a_missing_folder_names_the_stage_before(tmp_path: Path, outputs: Outputs) -> None:
    (outputs.root / "labels" / "labels.parquet").unlink()
    with pytest.raises(MissingArtefactError, match="The stage 'attribution_labels'"):
        run(tmp_path, outputs)
    assert not (tmp_path / "checked").exists()


def test_candidates_that_are_not_those_published_stop_the_line(tmp_path: Path, outputs: Outputs) -> None:
    """`u0` has a list of one item, and its target i3 joins it."""
    folders = outputs.folders
    pl.DataFrame({schema.USER_ID: ["u0"], schema.ITEM_ID: ["i5"]}).write_parquet(folders.heldout / "candidates.parquet")
    columns = {schema.USER_ID: pl.String, schema.RANK: pl.Int32, schema.ITEM_ID: pl.String, schema.SCORE: pl.Float32}
    path = folders.predictions / SYSTEM / "candidates.parquet"
    pl.DataFrame([("u0", 1, "i5", 0.4), ("u0", 2, "i3", 0.1)], schema=columns, orient="row").write_parquet(path)
    assert run(tmp_path, outputs).rows[f"predictions_{SYSTEM}_candidates"] == 2
    pl.DataFrame([("u0", 1, "i5", 0.4), ("u0", 2, "i4", 0.1)], schema=columns, orient="row").write_parquet(path)
    with pytest.raises(QualityError, match="every published candidate is ranked"):
        run(tmp_path, outputs)
