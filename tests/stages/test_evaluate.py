"""The stage on a small invented dataset: twelve users, forty items, three systems, one of which explains nothing."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.outputs import write_json
from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.stages.evaluate import EvaluateReport, evaluate

USERS = [f"u{number:02}" for number in range(12)]
ITEMS = [f"i{number:02}" for number in range(40)]
HISTORY = ITEMS[:5]
COLD = USERS[9:]
SYSTEMS = ("rates", "good", "silent")
STRENGTH = {"rates": 0.3, "good": 2.5, "silent": 0.0}


def targets(seed: int) -> pl.DataFrame:
    liked = np.random.default_rng(seed).integers(0, 2, len(USERS) * 10)
    return pl.DataFrame(
        {
            schema.USER_ID: np.repeat(USERS, 10),
            schema.ITEM_ID: np.tile(ITEMS[10:20], len(USERS)),
            schema.LIKED: pl.Series(liked, dtype=pl.Int8),
            schema.WARM_USER: np.repeat([user not in COLD for user in USERS], 10),
            schema.WARM_ITEM: [True] * (len(USERS) * 10),
        }
    )


def write_predictions(folder: Path, system: str, splits: dict[str, pl.DataFrame]) -> None:
    generator = np.random.default_rng(len(system))
    folder.mkdir(parents=True)
    scored = [
        table.with_columns(
            pl.lit(split).alias(schema.SPLIT),
            (pl.col(schema.LIKED) * STRENGTH[system] + generator.normal(size=table.height)).alias(schema.SCORE),
        )
        for split, table in splits.items()
    ]
    pl.concat(scored).write_parquet(folder / "pointwise.parquet")
    start = 20 if system == "good" else 25
    rows = [
        (user, rank, item, 9.0 - rank)
        for user in USERS
        if user not in COLD
        for rank, item in enumerate(ITEMS[start : start + 10], start=1)
    ]
    columns = [schema.USER_ID, schema.RANK, schema.ITEM_ID, schema.SCORE]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(folder / "ranking.parquet")


def write_explanations(folder: Path, system: str) -> None:
    folder.mkdir(parents=True)
    write_json(folder / "report.json", {"system": system})
    if system == "silent":
        return
    contributions: list[tuple[object, ...]] = []
    reasons: list[tuple[object, ...]] = []
    deletions: list[tuple[object, ...]] = []
    for user in USERS[:6]:
        pair = (user, ITEMS[20])
        contributions += [(*pair, schema.HISTORY, item, 5.0 - place) for place, item in enumerate(HISTORY)]
        contributions += [(*pair, schema.ATTRIBUTE, "theme:sea", 0.8), (*pair, schema.PRIOR, schema.PRIOR, 0.2)]
        reasons.append((*pair, HISTORY[:2], HISTORY))
        deletions += [(*pair, removed, 2, 8.0, 8.0 - drop) for removed, drop in (("cited", 3.0), ("random", 1.0))]
    pair_columns = [schema.USER_ID, schema.ITEM_ID]
    tables = {
        "contributions": (contributions, [*pair_columns, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION]),
        "reasons": (reasons, [*pair_columns, "cited", "history"]),
        "deletions": (deletions, [*pair_columns, "removed", "count", schema.SCORE, "score_without"]),
    }
    for name, (rows, columns) in tables.items():
        pl.DataFrame(rows, schema=columns, orient="row").write_parquet(folder / f"{name}.parquet")


def write_truth(truth: Path, labels: Path) -> None:
    truth.mkdir()
    labels.mkdir()
    pl.DataFrame(
        {
            schema.USER_ID: USERS * 2,
            "attribute": ["theme:sea"] * 12 + ["theme:wood"] * 12,
            "weight": [2.0] * 12 + [1.0] * 12,
            "kind": ["cross"] * 24,
        }
    ).write_parquet(truth / "users.parquet")
    themes = [(item, "theme:sea") for item in (ITEMS[0], ITEMS[1], ITEMS[20])]
    themes += [(item, "theme:wood") for item in (ITEMS[0], ITEMS[2], ITEMS[20])]
    pl.DataFrame(themes, schema=[schema.ITEM_ID, "attribute"], orient="row").write_parquet(truth / "items.parquet")
    pl.DataFrame(
        {
            schema.EXAMPLE_ID: [0, 0, 0],
            schema.USER_ID: ["u00"] * 3,
            schema.ITEM_ID: [ITEMS[20]] * 3,
            schema.SLOT: [schema.HISTORY] * 3,
            schema.SOURCE: HISTORY[:3],
            schema.CONTRIBUTION: [1.0, 2.0, 3.0],
        }
    ).write_parquet(labels / "labels.parquet")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    heldout, prepared = tmp_path / "heldout", tmp_path / "prepared"
    heldout.mkdir()
    prepared.mkdir()
    splits = {"valid": targets(1), "test": targets(2)}
    for split, table in splits.items():
        table.write_parquet(heldout / f"{split}.parquet")
    liked = [(user, item) for user in USERS if user not in COLD for item in ITEMS[20:22]]
    pl.DataFrame(liked, schema=[schema.USER_ID, schema.ITEM_ID], orient="row").write_parquet(
        heldout / "liked_test.parquet"
    )
    past = [(user, item) for user in USERS if user not in COLD for item in HISTORY]
    known = pl.DataFrame(past, schema=[schema.USER_ID, schema.ITEM_ID], orient="row")
    known.write_parquet(prepared / "train.parquet")
    known.clear().write_parquet(prepared / "valid.parquet")
    for system in SYSTEMS:
        write_predictions(tmp_path / "predictions" / "shop" / system, system, splits)
        write_explanations(tmp_path / "explanations" / system, system)
    write_truth(tmp_path / "truth", tmp_path / "labels")
    return tmp_path


def run(data: Path, out: str = "out", *, truth: bool = True, systems: tuple[str, ...] = SYSTEMS) -> EvaluateReport:
    return evaluate(
        data / out,
        data / f"{out}-metrics/shop.json",
        data / f"{out}-plots/reliability/shop.csv",
        data / f"{out}-plots/deletion/shop.csv",
        prepared=data / "prepared",
        heldout=data / "heldout",
        labels=data / "labels",
        predictions=data / "predictions" / "shop",
        explanations=data / "explanations",
        systems=systems,
        truth=data / "truth" if truth else None,
        cutoffs=(2, 10),
        resamples=200,
        seed=3,
    )


def metrics(data: Path, out: str = "out") -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads((data / out / "metrics.json").read_text(encoding="utf-8"))
    return found


def test_writes_every_file_and_the_report_is_the_summary(data: Path) -> None:
    report = run(data)
    names = {path.name for path in (data / "out").iterdir()}
    assert names == {"metrics.json", "intervals.parquet", "calibration.csv", "deletion.csv", "report.json"}
    headline = json.loads((data / "out-metrics/shop.json").read_text(encoding="utf-8"))
    assert headline["good"]["auc_score"] == round(metrics(data)["good"]["auc_score"], 4)
    for name, curve in (("calibration", "reliability"), ("deletion", "deletion")):
        assert (data / f"out-plots/{curve}/shop.csv").read_bytes() == (data / f"out/{name}.csv").read_bytes()
    written = json.loads((data / "out" / "report.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(report.summary()))
    assert report.slices["cold"] == {"users": 3, "rows": 30}
    assert report.probabilities["good"]["note"] == "logistic regression on the validation rows"


def test_the_better_system_wins_beyond_its_paired_interval(data: Path) -> None:
    run(data)
    values = metrics(data)
    assert values["good"]["auc_score"] > 0.9 > values["rates"]["auc_score"]
    assert values["good"]["log_loss"] < values["rates"]["log_loss"]
    intervals = pl.read_parquet(data / "out" / "intervals.parquet")
    assert intervals.columns == ["system", "metric", "slice", "value", "low", "high", "users", "rows"]
    row = intervals.row(
        by_predicate=(pl.col("system") == "good")
        & (pl.col("metric") == "auc_score_minus_rates")
        & (pl.col("slice") == "all"),
        named=True,
    )
    assert 0 < row["low"] < row["value"] < row["high"]
    assert (row["users"], row["rows"]) == (12, 120)
    assert set(intervals["slice"].unique()) == {"all", "warm", "cold"}


def test_rankings_by_hand(data: Path) -> None:
    """Items 20 and 21 are relevant: `good` lists them first, the others list items 25 to 34."""
    run(data)
    values = metrics(data)
    assert values["good"]["ndcg_at_2_score"] == 1.0
    assert values["good"]["recall_at_10_score"] == 1.0
    assert values["rates"]["mrr_at_10_score"] == 0.0


def test_explanations_by_hand(data: Path) -> None:
    """Scores 8, 7, …, -1 have standard deviation sqrt((10² - 1) / 12) = 2.8723; deleting the cited items costs 3.

    Contributions fall from item 0 to 4; the true overlaps are 3, 2, 1, 0, 0: Spearman's correlation of the ranks
    5 4 3 2 1 and 5 4 3 1.5 1.5 is 9.5 / sqrt(10 · 9.5) = .9747. The strongest attribute is the sea, which is true.
    The label has the reverse order.
    """
    run(data)
    values = metrics(data)
    assert values["good"]["comprehensiveness_score"] == pytest.approx(3 / 2.8722813, rel=1e-6)
    assert values["good"]["comprehensiveness_gap_score"] == pytest.approx(2 / 2.8722813, rel=1e-6)
    assert values["good"]["grounding_score"] == 1.0
    assert values["good"]["truth_score"] == pytest.approx(0.9746794, rel=1e-6)
    assert values["good"]["truth_top_reason_cross_score"] == 1.0
    assert values["labels"]["truth_score"] == -1.0
    curve = pl.read_csv(data / "out" / "deletion.csv")
    assert curve.columns == ["system", "removed", "count", "mean_score_drop"]
    assert curve.filter(pl.col("system") == "good")["mean_score_drop"].to_list() == pytest.approx([1.04447, 0.348155])


def test_what_is_absent_has_a_reason(data: Path) -> None:
    report = run(data, truth=False)
    assert report.absent["silent"]["comprehensiveness_score"] == "the system gives no explanation"
    assert report.absent["good"]["truth_score"] == "the true reasons of this dataset are not known"
    values = metrics(data)
    assert "comprehensiveness_score" not in values["silent"]
    assert "labels" not in values
    assert report.truth == {}


def test_calibration_covers_every_test_row(data: Path) -> None:
    run(data)
    table = pl.read_csv(data / "out" / "calibration.csv")
    assert table.columns == ["system", "bin", "mean_probability", "like_share", "rows"]
    assert table.group_by("system").agg(pl.col("rows").sum())["rows"].to_list() == [120, 120, 120]


def test_equal_inputs_give_equal_bytes_whatever_the_order_of_rows(data: Path) -> None:
    run(data)
    path = data / "predictions" / "shop" / "good" / "pointwise.parquet"
    pl.read_parquet(path).reverse().write_parquet(path)
    run(data, "again")
    for name in ("metrics.json", "intervals.parquet", "calibration.csv", "deletion.csv", "report.json"):
        assert (data / "out" / name).read_bytes() == (data / "again" / name).read_bytes(), name


def test_a_system_alone_has_the_same_values(data: Path) -> None:
    """The table of a system must not depend on which others are in it."""
    run(data)
    report = run(data, "alone", systems=("good",))
    assert metrics(data, "alone")["good"] == metrics(data)["good"]
    assert report.absent["good"]["auc_score_minus_rates"] == "'rates' is not among the systems"


def test_a_system_scored_on_other_rows_is_an_error_and_nothing_is_written(data: Path) -> None:
    path = data / "predictions" / "shop" / "good" / "pointwise.parquet"
    pl.read_parquet(path)[:-1].write_parquet(path)
    with pytest.raises(DataError, match=r"test predictions of system 'good' differ .* 1 held-out row\(s\) not scored"):
        run(data)
    assert not (data / "out").exists()


def test_a_system_ranked_for_other_users_is_an_error(data: Path) -> None:
    path = data / "predictions" / "shop" / "good" / "ranking.parquet"
    pl.read_parquet(path).filter(pl.col(schema.USER_ID) != "u00").write_parquet(path)
    with pytest.raises(DataError, match=r"ranking of system 'good' covers other users than that of 'rates': 1 missing"):
        run(data)


def test_a_stage_that_did_not_run_is_named(data: Path) -> None:
    (data / "predictions" / "shop" / "good" / "pointwise.parquet").unlink()
    with pytest.raises(MissingArtefactError, match="The stage 'predict@shop-good' writes it"):
        run(data)


def test_empty_heldout_rows_are_an_error(data: Path) -> None:
    targets(1).clear().write_parquet(data / "heldout" / "valid.parquet")
    with pytest.raises(DataError, match=r"valid\.parquet holds no row, so there is nothing to measure"):
        run(data)


def test_published_candidates_by_hand(data: Path) -> None:
    """Items 20 and 21 are relevant and stand at places 1 and 3 of `good`'s list of four.

    NDCG@2 is 1 / (1 + 1/log2 3) = .6131, recall@2 is 1/2, MRR@2 is 1; the others list them last, at 3 and 4.
    """
    users = [user for user in USERS if user not in COLD]
    lists = {"good": (20, 25, 21, 26), "rates": (25, 26, 20, 21), "silent": (25, 26, 20, 21)}
    columns = [schema.USER_ID, schema.RANK, schema.ITEM_ID, schema.SCORE]
    for system, items in lists.items():
        rows = [(user, rank, ITEMS[item], 9.0 - rank) for user in users for rank, item in enumerate(items, start=1)]
        path = data / "predictions" / "shop" / system / "candidates.parquet"
        pl.DataFrame(rows, schema=columns, orient="row").write_parquet(path)
    run(data)
    before = metrics(data)
    pl.DataFrame({schema.USER_ID: users, schema.ITEM_ID: ITEMS[25]}).write_parquet(
        data / "heldout" / "candidates.parquet"
    )
    report = run(data, "with")
    values = metrics(data, "with")
    assert values["good"]["ndcg_at_2_candidates_score"] == pytest.approx(0.6131472)
    assert values["good"]["recall_at_2_candidates_score"] == 0.5
    assert values["good"]["mrr_at_2_candidates_score"] == 1.0
    assert values["rates"]["recall_at_2_candidates_score"] == 0.0
    assert values["rates"]["ndcg_at_10_candidates_score"] == pytest.approx((0.5 + 0.4306766) / 1.6309298)
    assert report.candidates["good"]["users"] == 9
    full = {name: value for name, value in values["good"].items() if "candidates" not in name}
    assert full == before["good"]
