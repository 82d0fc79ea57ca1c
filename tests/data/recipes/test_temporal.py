"""Cuts in time: fixed, for all users alike, and blind to what comes later."""

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
    text,
    trained,
    two_files,
)

from explainrec_models.data import schema

CHOICE, BOTH_ENDS = CHOICES["temporal"], CHOICES["temporal, both ends cut"]


def moments(at: list[int]) -> list[Row]:
    return [(f"u{number}", "i", 1, moment, None, None) for number, moment in enumerate(at)]


def test_a_row_on_the_cut_belongs_to_the_later_part() -> None:
    split = divide(table(moments([0, VALID_FROM - 1, VALID_FROM, TEST_FROM - 1, TEST_FROM])), CHOICE)
    assert [split.train.height, split.valid.height, split.test.height] == [2, 2, 1]


def test_ties_keep_file_order() -> None:
    split = divide(table(moments([5, 5, 5, VALID_FROM, TEST_FROM])), CHOICE)
    assert split.train[schema.USER_ID].to_list() == ["u0", "u1", "u2"]


def test_both_ends_are_left_out_and_counted() -> None:
    split = divide(table(moments([0, DAY, 4 * DAY, 7 * DAY, 8 * DAY, 9 * DAY])), BOTH_ENDS)
    assert [text(part)[0][0] for part in (split.train, split.valid, split.test)] == ["u1", "u2", "u3"]
    assert split.left_out == {"rows_before_start": 1, "rows_from_until_on": 2}


@settings(deadline=None)
@given(files=two_files(st.lists(row(last=TEST_FROM), min_size=1, max_size=30), row(first=TEST_FROM)))
def test_no_row_from_test_from_on_changes_what_is_trained_or_chosen(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(files=two_files(st.lists(row(last=VALID_FROM), max_size=30), row(first=VALID_FROM)))
def test_no_row_from_valid_from_on_changes_what_is_trained(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert trained(mine) == trained(other)
