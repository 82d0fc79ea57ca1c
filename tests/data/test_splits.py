"""Time cuts: fixed, complete, and blind to what comes later."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.data import schema
from explainrec_models.data.splits import milliseconds, temporal_split
from explainrec_models.errors import DataError

CUTS = {"valid_from": "1970-01-03", "test_from": "1970-01-05"}
DAY = 86_400_000


def table(moments: list[int]) -> pl.DataFrame:
    return pl.DataFrame({schema.USER_ID: [str(n) for n in range(len(moments))], schema.TIMESTAMP: moments})


def test_a_row_on_the_cut_belongs_to_the_later_part() -> None:
    split = temporal_split(table([0, 2 * DAY - 1, 2 * DAY, 4 * DAY - 1, 4 * DAY]), **CUTS)
    assert [split.train.height, split.valid.height, split.test.height] == [2, 2, 1]


def test_ties_keep_file_order() -> None:
    split = temporal_split(table([5, 5, 5, 2 * DAY, 4 * DAY]), **CUTS)
    assert split.train[schema.USER_ID].to_list() == ["0", "1", "2"]


def test_days_are_utc() -> None:
    assert milliseconds("2001-06-01") == 991_353_600_000


def test_an_empty_part_names_the_span_and_the_cuts() -> None:
    with pytest.raises(DataError, match=r"test part has no rows: ratings go from 1970-01-01 to 1970-01-03"):
        temporal_split(table([0, 2 * DAY]), **CUTS)


@given(
    past=st.lists(st.integers(0, 4 * DAY - 1), min_size=1, max_size=30),
    future=st.lists(st.integers(4 * DAY, 9 * DAY), min_size=1, max_size=10),
    planted=st.integers(4 * DAY, 20 * DAY),
)
def test_a_planted_future_row_changes_neither_train_nor_valid(past: list[int], future: list[int], planted: int) -> None:
    base = table([0, 2 * DAY, *past, *future])
    row = table([planted]).with_columns(pl.lit("stranger").alias(schema.USER_ID))
    before, after = temporal_split(base, **CUTS), temporal_split(pl.concat([row, base]), **CUTS)
    assert before.train.equals(after.train)
    assert before.valid.equals(after.valid)
    assert before.train.height + before.valid.height + before.test.height == base.height
