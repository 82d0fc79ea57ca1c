from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.outputs import write_json
from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.evaluation.explained import (
    Explained,
    measure_explanations,
    measure_truth,
    read_explained,
    read_labels,
)
from explainrec_models.evaluation.results import Results
from explainrec_models.evaluation.truth import Truth

PAIR = {schema.USER_ID: pl.String, schema.ITEM_ID: pl.String}
CONTRIBUTIONS = pl.DataFrame(
    [("u", "i", schema.HISTORY, "a", 2.0), ("u", "i", schema.PRIOR, schema.PRIOR, 1.0)],
    schema=[*PAIR, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION],
    orient="row",
)
REASONS = pl.DataFrame(
    [("u", "i", ["a"], ["a", "b"]), ("u", "j", [], ["a", "b"])],
    schema={**PAIR, "cited": pl.List(pl.String), "history": pl.List(pl.String)},
    orient="row",
)
DELETIONS = pl.DataFrame(
    [("u", "i", "cited", 1, 3.0, 1.0), ("u", "i", "random", 1, 3.0, 3.0)],
    schema=[*PAIR, "removed", "count", schema.SCORE, "score_without"],
    orient="row",
)
RANKING = pl.DataFrame({schema.USER_ID: ["u", "u"], schema.RANK: [1, 2], schema.SCORE: [3.0, 1.0]})
RECORDED = pl.DataFrame({schema.USER_ID: ["u", "u"], schema.ITEM_ID: ["a", "b"]})


def write(
    folder: Path,
    *,
    contributions: pl.DataFrame = CONTRIBUTIONS,
    reasons: pl.DataFrame = REASONS,
    deletions: pl.DataFrame = DELETIONS,
) -> Path:
    write_json(folder / "report.json", {})
    contributions.write_parquet(folder / "contributions.parquet")
    reasons.write_parquet(folder / "reasons.parquet")
    deletions.write_parquet(folder / "deletions.parquet")
    return folder


def test_reads_the_three_tables(tmp_path: Path) -> None:
    explained = read_explained(write(tmp_path), made_by="explain@x")
    assert explained is not None
    assert explained.reasons.height == 2


def test_a_system_that_explains_nothing_is_none(tmp_path: Path) -> None:
    write(tmp_path, contributions=CONTRIBUTIONS.clear(), reasons=REASONS.clear(), deletions=DELETIONS.clear())
    assert read_explained(tmp_path, made_by="explain@x") is None
    for path in tmp_path.glob("*.parquet"):
        path.unlink()
    assert read_explained(tmp_path, made_by="explain@x") is None


def test_a_stage_that_did_not_run_or_was_cut_short_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"report\.json is not there\. The stage 'explain@x'"):
        read_explained(tmp_path, made_by="explain@x")
    write(tmp_path)
    (tmp_path / "deletions.parquet").unlink()
    with pytest.raises(MissingArtefactError, match=r"deletions\.parquet is not there"):
        read_explained(tmp_path, made_by="explain@x")


def test_a_missing_column_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, deletions=DELETIONS.drop("score_without"))
    with pytest.raises(DataError, match=r"lacks the column\(s\) score_without"):
        read_explained(tmp_path, made_by="explain@x")


def test_measures_and_counts_by_hand() -> None:
    """Scores 3 and 1 deviate by 1 from their mean: the cited item costs 2 deviations, a random one 0."""
    results = Results()
    curves, counts = measure_explanations(
        results,
        {"x": Explained(CONTRIBUTIONS, REASONS, DELETIONS), "y": None},
        {"x": RANKING},
        RECORDED,
        depth=5,
        resamples=10,
        seed=0,
    )
    values = results.values()["x"]
    assert values["comprehensiveness_score"] == 2.0
    assert values["comprehensiveness_gap_score"] == 2.0
    assert values["grounding_score"] == 1.0
    assert curves.rows() == [("x", "cited", 1, 2.0), ("x", "random", 1, 0.0)]
    assert counts == {"x": {"explained": 2, "explained_without_citation": 1, "explained_without_score_spread": 0}}
    assert results.absent["y"] == {
        "comprehensiveness_score": "the system gives no explanation",
        "grounding_score": "the system gives no explanation",
    }
    assert results.absent["x"]["comprehensiveness_popular_score"].startswith("no explanation cites a history item")


def test_labels_are_scored_under_their_own_name(tmp_path: Path) -> None:
    """The label's history order a > b > c is the true one; the system's is not scored for lack of three items."""
    rows = [(0, "u", "i", schema.HISTORY, source, value) for source, value in (("a", 3.0), ("b", 2.0), ("c", 1.0))] + [
        (0, "u", "i", schema.ATTRIBUTE, "look:7", 9.0)
    ]
    columns = [schema.EXAMPLE_ID, *PAIR, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(tmp_path / "labels.parquet")
    labels = read_labels(tmp_path, made_by="attribution_labels@x")
    truth = Truth(
        pl.DataFrame(
            [("u", "look:dots", 2.0, "visual"), ("u", "theme:sea", 1.0, "cross"), ("u", "theme:wood", 1.0, "cross")],
            schema=[schema.USER_ID, "attribute", "weight", "kind"],
            orient="row",
        ),
        pl.DataFrame(
            [
                ("i", "look:dots"),
                ("i", "theme:sea"),
                ("a", "look:dots"),
                ("a", "theme:sea"),
                ("b", "theme:sea"),
                ("c", "x:y"),
            ],
            schema=[schema.ITEM_ID, "attribute"],
            orient="row",
        ),
    )
    results = Results()
    explained = {"x": Explained(CONTRIBUTIONS, REASONS, DELETIONS), "y": None}
    facts = measure_truth(results, explained, labels, truth, resamples=10, seed=0)
    assert results.values()["labels"]["truth_score"] == 1.0
    assert results.values()["labels"]["truth_top_reason_visual_score"] == 1.0
    assert results.absent["x"]["truth_score"].startswith("no example has three history items")
    assert results.absent["y"] == {"truth_score": "the system gives no explanation"}
    assert facts["looks"] == {"labels": {"look:7": "look:dots"}}
    assert facts["attributes_on_no_item"] == 1
    assert facts["examples"] == {"x": 1, "labels": 1}
