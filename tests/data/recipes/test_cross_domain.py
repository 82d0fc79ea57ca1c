"""From some categories to others: nothing of the others is known before it is asked."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import (
    CHOICES,
    DAY,
    TEST_FROM,
    VALID_FROM,
    Files,
    Row,
    chosen_on,
    divide,
    row,
    table,
    trained,
    two_files,
    whole,
)

from explainrec_models.data import schema
from explainrec_models.errors import ParamsError, UnknownNameError

CHOICE = CHOICES["cross-domain"]


def of(*categories: str | None, first: int = 0, last: int = 10 * DAY) -> st.SearchStrategy[Row]:
    """Draw a row of one of these categories."""
    drawn = st.tuples(row(first=first, last=last), st.sampled_from(categories))
    return drawn.map(lambda pair: (*pair[0][:4], pair[1], pair[0][5]))


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_each_row_goes_by_its_category_and_its_day(dtype: type[pl.DataType]) -> None:
    days = [(category, day) for category in ("Mugs", "Lamps", "Games", None) for day in (0, 1, 4, 8)]
    rows: list[Row] = [("a", "i", 1, day * DAY, category, None) for category, day in days]
    split = divide(table(rows).cast({schema.CATEGORY: dtype}), CHOICE)
    assert [days[int(place)] for place in split.train[schema.RATING]] == [("Mugs", 1)]
    assert [days[int(place)] for place in split.valid[schema.RATING]] == [("Mugs", 4)]
    assert [days[int(place)] for place in split.test[schema.RATING]] == [("Lamps", 8)]
    assert split.context.is_empty()
    assert split.left_out == {
        "rows_before_start": 4,
        "rows_of_train_categories_from_test_from_on": 1,
        "rows_of_test_categories_before_test_from": 2,
        "rows_of_other_categories": 6,
    }


def test_a_category_on_both_sides_is_refused() -> None:
    choice = CHOICE.model_copy(update={"test_categories": ("Lamps", "Mugs")})
    with pytest.raises(ParamsError, match="Mugs stands both under `train_categories` and `test_categories`"):
        divide(table(whole([])), choice)


def test_a_category_without_rows_names_the_nearest() -> None:
    choice = CHOICE.model_copy(update={"test_categories": ("Lampss",)})
    expected = "unknown category under `test_categories` 'Lampss'. Nearest known: Lamps. The rows are of Lamps, Mugs."
    with pytest.raises(UnknownNameError, match=expected):
        divide(table(whole([])), choice)


unknown_to_validation = st.one_of(of("Lamps", "Games", None), row(first=TEST_FROM))
unknown_to_training = st.one_of(of("Lamps", "Games", None), row(first=VALID_FROM))


@settings(deadline=None)
@given(files=two_files(st.lists(of("Mugs", last=TEST_FROM), max_size=30).map(whole), unknown_to_validation))
def test_no_row_of_another_category_nor_from_test_from_on_changes_what_is_trained_or_chosen(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(files=two_files(st.lists(of("Mugs", last=VALID_FROM), max_size=30).map(whole), unknown_to_training))
def test_no_row_of_another_category_nor_from_valid_from_on_changes_what_is_trained(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert trained(mine) == trained(other)
