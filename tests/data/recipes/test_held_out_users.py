"""Users held out: their rows train nobody, and nobody else decides who they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import (
    CHOICES,
    TEST_FROM,
    USERS,
    VALID_FROM,
    Files,
    Row,
    chosen,
    chosen_on,
    divide,
    row,
    table,
    text,
    trained,
    two_files,
)

CHOICE, DATED = CHOICES["held-out-users"], CHOICES["held-out-users, dated"]
VALID_USERS, TEST_USERS = chosen(USERS, CHOICE.share)
TRAIN_USERS = tuple(user for user in USERS if user not in {*VALID_USERS, *TEST_USERS})
both_ways = pytest.mark.parametrize("name", ["held-out-users", "held-out-users, dated"])


def rows_of(user: str, moments: list[int]) -> list[Row]:
    return [(user, f"i{number}", 1, moment, None, None) for number, moment in enumerate(moments)]


def items(part: list[tuple[str, str, int, int]]) -> list[str]:
    return [f"{user} {item}" for user, item, *_ in part]


def test_the_earlier_half_is_context_and_the_larger_later_half_is_asked() -> None:
    valid, test, train = VALID_USERS[0], TEST_USERS[0], TRAIN_USERS[0]
    rows = rows_of(valid, [1, 2, 2, 2, 9]) + rows_of(test, [4, 3, 2, 1]) + rows_of(train, [0, 10**10])
    split = divide(table(rows), CHOICE)
    assert items(text(split.train)) == [f"{train} i0", f"{train} i1"]
    assert items(text(split.valid)) == [f"{valid} i2", f"{valid} i3", f"{valid} i4"]
    assert items(text(split.test)) == [f"{test} i1", f"{test} i0"]
    assert sorted(items(text(split.context))) == sorted([f"{valid} i0", f"{valid} i1", f"{test} i3", f"{test} i2"])
    assert split.left_out == {}


def test_dates_take_the_place_of_halves_and_training_ends_at_the_first() -> None:
    valid, test, train = VALID_USERS[0], TEST_USERS[0], TRAIN_USERS[0]
    moments = [0, VALID_FROM, TEST_FROM]
    split = divide(table(rows_of(valid, moments) + rows_of(test, moments) + rows_of(train, moments)), DATED)
    assert items(text(split.train)) == [f"{train} i0"]
    assert items(text(split.valid)) == [f"{valid} i1"]
    assert items(text(split.test)) == [f"{test} i2"]
    assert sorted(items(text(split.context))) == sorted([f"{valid} i0", f"{test} i0", f"{test} i1"])
    assert {reason: count for reason, count in split.left_out.items() if count} == {
        "rows_of_training_users_from_valid_from_on": 2,
        "rows_of_validation_users_from_test_from_on": 1,
    }


@both_ways
@settings(deadline=None)
@given(files=two_files(st.lists(row(users=TRAIN_USERS + VALID_USERS), min_size=1, max_size=30), row(users=TEST_USERS)))
def test_no_row_of_a_test_user_changes_what_is_trained_or_chosen(name: str, files: Files) -> None:
    mine, other = (divide(file, CHOICES[name]) for file in files)
    assert chosen_on(mine) == chosen_on(other)


@both_ways
@settings(deadline=None)
@given(files=two_files(st.lists(row(users=TRAIN_USERS), min_size=1, max_size=30), row(users=TEST_USERS + VALID_USERS)))
def test_no_row_of_a_held_out_user_changes_what_is_trained(name: str, files: Files) -> None:
    mine, other = (divide(file, CHOICES[name]) for file in files)
    assert trained(mine) == trained(other)


@settings(deadline=None)
@given(files=two_files(st.lists(row(last=TEST_FROM), min_size=1, max_size=30), row(first=TEST_FROM)))
def test_with_dates_no_row_from_test_from_on_changes_what_is_trained_or_chosen(files: Files) -> None:
    mine, other = (divide(file, DATED) for file in files)
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(rows=st.lists(row(), min_size=1, max_size=30), strangers=st.lists(st.text("xyz", min_size=1), max_size=10))
def test_strangers_move_nobody(rows: list[Row], strangers: list[str]) -> None:
    alone = divide(table(rows), CHOICE)
    crowd = divide(table(rows + [(stranger, "i0", 1, 0, None, None) for stranger in strangers]), CHOICE)
    for part in ("train", "valid", "test", "context"):
        assert text(getattr(alone, part)) == [found for found in text(getattr(crowd, part)) if found[0] in USERS]
