from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation.comparison import (
    calibration_table,
    compare_predictions,
    compare_rankings,
    with_probabilities,
)
from explainrec_models.evaluation.results import Results


def rows(seed: int, *, strength: float, users: int = 30, cold: int = 10) -> pl.DataFrame:
    """Thirty users with eight rows; the first ``cold`` users are cold; liked rows score ``strength`` more."""
    liked = np.random.default_rng(0).integers(0, 2, users * 8)
    noise = np.random.default_rng(seed).normal(size=users * 8)
    names = np.repeat([f"u{number:02}" for number in range(users)], 8)
    return pl.DataFrame(
        {
            schema.USER_ID: names,
            schema.ITEM_ID: [f"i{number:03}" for number in range(users * 8)],
            schema.LIKED: liked,
            schema.WARM_USER: np.repeat(np.arange(users) >= cold, 8),
            schema.SCORE: liked * strength + noise,
        }
    )


def calibrated(**tables: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {system: with_probabilities(table, table)[1] for system, table in tables.items()}


def lists(users: Iterable[str], items: Iterable[str] = "abc") -> pl.DataFrame:
    drawn = [(user, rank, item) for user in users for rank, item in enumerate(items, start=1)]
    return pl.DataFrame(drawn, schema=[schema.USER_ID, schema.RANK, schema.ITEM_ID], orient="row")


def test_a_better_system_is_better_in_every_slice_and_beyond_its_interval() -> None:
    results = Results()
    systems = calibrated(rates=rows(1, strength=0.2), strong=rows(2, strength=3.0))
    sizes = compare_predictions(results, systems, resamples=200, seed=0)
    assert sizes == {
        "all": {"users": 30, "rows": 240},
        "warm": {"users": 20, "rows": 160},
        "cold": {"users": 10, "rows": 80},
    }
    found = {
        (row["metric"], row["slice"]): row
        for row in results.intervals().iter_rows(named=True)
        if row["system"] == "strong"
    }
    for part in sizes:
        assert found["auc_score_minus_rates", part]["low"] > 0
        assert found["uauc_score_minus_rates", part]["low"] > 0
        assert found["log_loss_minus_rates", part]["high"] < 0
        assert ("calibration_error", part) in found


def test_the_paired_value_is_the_difference_of_the_values() -> None:
    results = Results()
    compare_predictions(results, calibrated(rates=rows(1, strength=0.2), x=rows(2, strength=1.0)), resamples=50, seed=0)
    values = results.values()
    paired = results.intervals().filter((pl.col("metric") == "auc_score_minus_rates") & (pl.col("slice") == "all"))
    assert paired["value"].item() == pytest.approx(values["x"]["auc_score"] - values["rates"]["auc_score"], abs=1e-8)


def test_an_empty_slice_is_absent_with_a_reason() -> None:
    results = Results()
    sizes = compare_predictions(results, calibrated(rates=rows(1, strength=1.0, cold=0)), resamples=20, seed=0)
    assert sizes["cold"] == {"users": 0, "rows": 0}
    assert results.absent["rates"] == {"every prediction metric (cold)": "the test rows hold no such user"}


def test_no_validation_row_is_an_error() -> None:
    table = rows(1, strength=1.0)
    with pytest.raises(DataError, match="no held-out validation rows"):
        with_probabilities(table.clear(), table)


def test_calibration_table_covers_every_row_of_every_system() -> None:
    table = calibration_table(calibrated(rates=rows(1, strength=0.2), x=rows(2, strength=1.0)))
    assert table.columns == ["system", "bin", "mean_probability", "like_share", "rows"]
    assert dict(table.group_by("system").agg(pl.col("rows").sum()).iter_rows()) == {"rates": 240, "x": 240}


def test_rankings_are_compared_on_the_same_users() -> None:
    results = Results()
    relevant = pl.DataFrame({schema.USER_ID: ["u", "v"], schema.ITEM_ID: ["a", "a"]})
    counts = compare_rankings(
        results, {"rates": lists("uvw", "cba"), "x": lists("uvw", "abc")}, relevant, [1, 5], resamples=50, seed=0
    )
    assert results.values()["x"]["recall_at_1_score"] == 1.0
    assert results.values()["rates"]["mrr_at_5_score"] == pytest.approx(1 / 3)
    assert counts["x"]["users"] == 2
    assert (counts["x"]["without_relevant"], counts["x"]["short_lists"], counts["x"]["shortest_list"]) == (1, 2, 3)


def test_lists_for_other_users_are_an_error() -> None:
    relevant = pl.DataFrame({schema.USER_ID: ["u"], schema.ITEM_ID: ["a"]})
    with pytest.raises(
        DataError,
        match=r"system 'x' covers other users than that of 'rates': 1 missing \(first: v\), 1 extra \(first: w\)",
    ):
        compare_rankings(Results(), {"rates": lists("uv"), "x": lists("uw")}, relevant, [1], resamples=5, seed=0)


def test_a_broken_list_names_the_system() -> None:
    relevant = pl.DataFrame({schema.USER_ID: ["u"], schema.ITEM_ID: ["a"]})
    with pytest.raises(DataError, match="system 'x': the ranking of user u holds item a more than once"):
        compare_rankings(Results(), {"x": lists("u", "aa")}, relevant, [1], resamples=5, seed=0)


def test_nothing_relevant_is_absent_with_a_reason() -> None:
    results = Results()
    relevant = pl.DataFrame({schema.USER_ID: ["z"], schema.ITEM_ID: ["a"]})
    counts = compare_rankings(
        results, {"x": lists("u"), "y": lists("").cast({schema.USER_ID: pl.String})}, relevant, [1], resamples=5, seed=0
    )
    assert results.absent["x"] == {"every ranking metric": "no user has both a list and a relevant item"}
    assert results.absent["y"] == {"every ranking metric": "its ranking is empty"}
    assert counts["x"]["without_ranking"] == 1
