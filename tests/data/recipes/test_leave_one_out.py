"""Last rows held out: one of each user, whatever the row says and whatever others do."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import CHOICES, ITEMS, USERS, Row, chosen_on, divide, mixed, row, table, text, trained

CHOICE = CHOICES["leave-one-out"]
MINE, OTHERS = USERS[:6], USERS[6:]
contents = st.tuples(st.sampled_from(ITEMS), st.integers(0, 1), st.integers(0, 10**10))


def held_back(rows: list[Row]) -> tuple[list[int], list[int]]:
    """Return the places of the last and of the second last row of each user with three rows, sought one by one."""
    last, second = [], []
    for user in USERS:
        places = sorted((place for place, found in enumerate(rows) if found[0] == user), key=lambda p: (rows[p][3], p))
        if len(places) > 2:
            last.append(places[-1])
            second.append(places[-2])
    return last, second


def rewritten(rows: list[Row], places: list[int], wishes: list[tuple[str, int, int]]) -> list[Row]:
    """Give rows another item, label and a later moment."""
    new = dict(zip(places, wishes, strict=False))
    return [
        (fields[0], new[place][0], new[place][1], fields[3] + new[place][2], *fields[4:]) if place in new else fields
        for place, fields in enumerate(rows)
    ]


def test_the_last_row_is_asked_the_one_before_chooses_and_ties_stand_in_file_order() -> None:
    rows: list[Row] = [
        ("a", "third", 1, 5, None, None),
        ("a", "second", 1, 2, None, None),
        ("a", "fourth", 1, 5, None, None),
        ("a", "first", 1, 1, None, None),
        ("b", "only", 0, 9, None, None),
        ("c", "one", 0, 3, None, None),
        ("c", "two", 0, 3, None, None),
    ]
    split = divide(table(rows), CHOICE)
    assert [found[1] for found in text(split.train)] == ["first", "second", "one", "two", "only"]
    assert [found[1] for found in text(split.valid)] == ["third"]
    assert [found[1] for found in text(split.test)] == ["fourth"]
    assert split.noted == {"users_too_short_to_hold_out": 2}


@settings(deadline=None)
@given(rows=st.lists(row(), max_size=60))
def test_the_rows_held_out_are_those_found_one_by_one(rows: list[Row]) -> None:
    split = divide(table(rows), CHOICE)
    last, second = held_back(rows)
    assert sorted(text(split.test)) == sorted(text(table([rows[place] for place in last])))
    assert sorted(text(split.valid)) == sorted(text(table([rows[place] for place in second])))


@settings(deadline=None)
@given(rows=st.lists(row(users=MINE), min_size=1, max_size=40), wishes=st.lists(contents, min_size=6, max_size=6))
def test_what_a_users_last_row_says_and_how_late_it_is_changes_nothing_trained_or_chosen(
    rows: list[Row], wishes: list[tuple[str, int, int]]
) -> None:
    last, _ = held_back(rows)
    mine, other = (divide(table(file), CHOICE) for file in (rows, rewritten(rows, last, wishes)))
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(rows=st.lists(row(users=MINE), min_size=1, max_size=40), wishes=st.lists(contents, min_size=12, max_size=12))
def test_what_a_users_last_two_rows_say_changes_nothing_trained(
    rows: list[Row], wishes: list[tuple[str, int, int]]
) -> None:
    last, second = held_back(rows)
    mine, other = (divide(table(file), CHOICE) for file in (rows, rewritten(rows, last + second, wishes)))
    assert trained(mine) == trained(other)


@settings(deadline=None)
@given(
    rows=st.lists(row(users=MINE), max_size=30),
    others=st.lists(row(users=OTHERS), max_size=30),
    order=st.randoms(use_true_random=False),
)
def test_rows_of_other_users_move_nobodys_cut(rows: list[Row], others: list[Row], order: random.Random) -> None:
    alone, crowd = divide(table(rows), CHOICE), divide(table(mixed(rows, others, order)), CHOICE)
    for part in ("train", "valid", "test"):
        assert text(getattr(alone, part)) == [found for found in text(getattr(crowd, part)) if found[0] in MINE]
