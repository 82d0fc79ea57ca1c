from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from explainrec_models.data import schema
from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.evaluation.bootstrap import Measure
from explainrec_models.evaluation.truth import (
    Truth,
    correlations,
    history_measures,
    history_overlaps,
    read_truth,
    shuffled_within_examples,
)

WEIGHTS = pl.DataFrame(
    [("u", "theme:sea", 2.0, "cross"), ("u", "look:dots", 1.0, "visual"), ("u", "store:x", -1.0, "plain")],
    schema=[schema.USER_ID, "attribute", "weight", "kind"],
    orient="row",
)
ITEMS = pl.DataFrame(
    [
        ("i", "theme:sea"), ("i", "look:dots"), ("i", "store:x"),
        ("a", "theme:sea"), ("a", "look:dots"),
        ("b", "look:dots"), ("b", "theme:wood"),
        ("c", "store:x"),
        ("d", "theme:wood"),
    ],
    schema=[schema.ITEM_ID, "attribute"],
    orient="row",
)  # fmt: skip
TRUTH = Truth(WEIGHTS, ITEMS)


def history(example: str, values: Mapping[str, float], *, user: str = "u", item: str = "i") -> pl.DataFrame:
    rows = [(example, user, item, schema.HISTORY, source, value) for source, value in values.items()]
    return pl.DataFrame(
        rows,
        schema=[schema.EXAMPLE_ID, schema.USER_ID, schema.ITEM_ID, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION],
        orient="row",
    )


def value(measure: Measure, users: int = 1) -> float:
    return float(measure.statistic(np.ones((1, users)))[0])


def test_overlap_by_hand() -> None:
    """Item i has sea, dots and x. It shares sea and dots with a (3), dots with b (1), x with c (-1), none with d."""
    overlaps = history_overlaps(history("e", {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}), TRUTH)
    assert dict(overlaps.select(schema.SOURCE, "overlap").iter_rows()) == {"a": 3.0, "b": 1.0, "c": -1.0, "d": 0.0}


def test_correlation_by_hand() -> None:
    """Overlaps 3, 1, -1, 0 rank 4, 3, 1, 2. The same order gives 1, the reverse -1.

    Ranks 4, 3, 2, 1 differ from 4, 3, 1, 2 by 0, 0, 1, 1: 1 - 6 · 2 / (4 · 15) = .8.
    """
    orders = {"same": (9, 5, 1, 3), "reverse": (1, 3, 9, 5), "swapped": (9, 5, 3, 1)}
    table = pl.concat(
        history(name, dict(zip("abcd", map(float, values), strict=True))) for name, values in orders.items()
    )
    found = dict(correlations(history_overlaps(table, TRUTH)).select(schema.EXAMPLE_ID, "correlation").iter_rows())
    assert found == pytest.approx({"same": 1.0, "reverse": -1.0, "swapped": 0.8})
    assert value(history_measures(table, TRUTH, ["u"], seed=0)["truth_score"]) == pytest.approx(0.8 / 3)


def test_agrees_with_scipy_also_on_ties() -> None:
    values = {"a": 0.5, "b": 0.0, "c": 0.0, "d": -0.5}
    overlaps = history_overlaps(history("e", values), TRUTH)
    expected = spearmanr(overlaps[schema.CONTRIBUTION].to_numpy(), overlaps["overlap"].to_numpy()).statistic
    assert correlations(overlaps)["correlation"].to_list() == [pytest.approx(expected)]


@pytest.mark.parametrize(
    ("values", "item"),
    [
        pytest.param({"a": 0.1, "b": 0.2}, "i", id="two history items"),
        pytest.param({"a": 0.1, "b": 0.1, "c": 0.1}, "i", id="equal contributions"),
        pytest.param({"a": 0.1, "b": 0.2, "c": 0.3}, "d", id="no true overlap at all"),
    ],
)
def test_examples_that_cannot_be_ranked_are_left_out(values: dict[str, float], item: str) -> None:
    measures = history_measures(history("e", values, item=item), TRUTH, ["u"], seed=0)
    assert measures["truth_score"].rows == 0


def test_other_slots_do_not_count_as_history() -> None:
    table = history("e", {"a": 0.1, "b": 0.2, "c": 0.3})
    prior = table.with_columns(pl.lit(schema.PRIOR).alias(schema.SLOT), pl.lit(9.0).alias(schema.CONTRIBUTION))
    assert history_overlaps(pl.concat([table, prior]), TRUTH).height == 3


def test_shuffling_stays_within_the_example_and_loses_the_truth() -> None:
    """400 perfect examples: the true score is 1, the shuffled one 0 with a standard error of .58/sqrt(8000)."""
    table = pl.concat(history(f"e{n}", {"a": 9.0 + n, "b": 5.0 + n, "c": 1.0 + n, "d": 3.0 + n}) for n in range(400))
    measures = history_measures(table, TRUTH, ["u"], seed=0)
    assert value(measures["truth_score"]) == pytest.approx(1.0)
    assert value(measures["truth_shuffled_score"]) == pytest.approx(0.0, abs=0.03)
    again = history_measures(table, TRUTH, ["u"], seed=0)["truth_shuffled_score"]
    assert value(again) == value(measures["truth_shuffled_score"])
    shuffled = shuffled_within_examples(table, np.random.default_rng(0))
    before, after = (
        t.group_by(schema.EXAMPLE_ID, maintain_order=True).agg(pl.col(schema.CONTRIBUTION).sort())
        for t in (table.sort(schema.EXAMPLE_ID), shuffled)
    )
    assert after.equals(before)
    assert not shuffled.equals(table.sort(schema.EXAMPLE_ID, maintain_order=True))


def write(folder: Path, weights: pl.DataFrame = WEIGHTS, items: pl.DataFrame = ITEMS) -> Path:
    weights.write_parquet(folder / "users.parquet")
    items.write_parquet(folder / "items.parquet")
    return folder


def test_reads_what_was_written(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path))
    assert truth.weights.equals(WEIGHTS)
    assert truth.items.height == ITEMS.height


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"users\.parquet is not there"):
        read_truth(tmp_path)


def test_an_unknown_kind_is_named(tmp_path: Path) -> None:
    weights = WEIGHTS.with_columns(pl.lit("smell").alias("kind"))
    with pytest.raises(DataError, match=r"unknown kind\(s\) smell; known: visual, popularity, cross, plain"):
        read_truth(write(tmp_path, weights))


def test_two_weights_on_one_attribute_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="user u has more than one weight on look:dots"):
        read_truth(write(tmp_path, pl.concat([WEIGHTS, WEIGHTS])))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"users\.parquet lacks the column\(s\) kind; it has user_id, attribute, weight"
    ):
        read_truth(write(tmp_path, WEIGHTS.drop("kind")))
