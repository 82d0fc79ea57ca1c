"""Cuts in time: fixed, for all users alike, and blind to what comes later."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import CHOICES, DAY, TEST_FROM, VALID_FROM, Row, chosen_on, divide, mixed, row, table, text, trained

from explainrec_models.data import schema

CHOICE, BOTH_ENDS = CHOICES["temporal"], CHOICES["temporal, both ends cut"]
past = st.lists(row(last=TEST_FROM), min_size=1, max_size=30)
later = st.lists(row(first=TEST_FROM), max_size=15)


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
@given(rows=past, some=later, others=later, order=st.randoms(use_true_random=False))
def test_no_row_from_test_from_on_changes_what_is_trained_or_chosen(
    rows: list[Row], some: list[Row], others: list[Row], order: random.Random
) -> None:
    mine, other = (divide(table(mixed(rows, planted, order)), CHOICE) for planted in (some, others))
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(
    rows=st.lists(row(last=VALID_FROM), max_size=30),
    some=st.lists(row(first=VALID_FROM), max_size=15),
    others=st.lists(row(first=VALID_FROM), max_size=15),
    order=st.randoms(use_true_random=False),
)
def test_no_row_from_valid_from_on_changes_what_is_trained(
    rows: list[Row], some: list[Row], others: list[Row], order: random.Random
) -> None:
    mine, other = (divide(table(mixed(rows, planted, order)), CHOICE) for planted in (some, others))
    assert trained(mine) == trained(other)
