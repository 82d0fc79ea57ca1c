"""New users with a few known events: exactly so many, and the same questions at every number."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import (
    CHOICES,
    SEED,
    USERS,
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

from explainrec_models.data import schema
from explainrec_models.data.recipes import held_out_users, k_shot_users
from explainrec_models.params import Split as Choice

VALID_USERS, TEST_USERS = chosen(USERS, 0.25)
TRAIN_USERS = tuple(user for user in USERS if user not in {*VALID_USERS, *TEST_USERS})
both_ways = pytest.mark.parametrize("name", ["k-shot-users", "k-shot-users, dated"])


def k_shots(shots: int) -> Choice:
    return CHOICES["k-shot-users"].model_copy(update={"shots": shots})


def two_users() -> pl.DataFrame:
    """Eight rows of a long user and four of a short one, both for testing; the moment is the number of the row."""
    long, short = TEST_USERS[:2]
    rows: list[Row] = [(long, f"i{moment}", 1, moment, None, None) for moment in range(8)]
    return table(rows + [(short, f"i{moment}", 1, moment, None, None) for moment in range(4)])


@pytest.mark.parametrize(
    ("shots", "known", "asked", "beyond", "too_few"),
    [(0, 0, 6, 6, 0), (2, 4, 6, 2, 0), (3, 3, 4, 1, 4), (5, 0, 0, 0, 12)],
)
def test_the_first_events_are_known_and_users_with_fewer_are_counted(
    shots: int, known: int, asked: int, beyond: int, too_few: int
) -> None:
    split = divide(two_users(), k_shots(shots))
    assert [split.context.height, split.test.height] == [known, asked]
    assert split.left_out == {
        "rows_of_users_with_fewer_known_rows_than_shots": too_few,
        "known_rows_beyond_the_shots": beyond,
    }
    assert set(split.context[schema.TIMESTAMP]) == set(range(shots if known else 0))


@settings(deadline=None)
@given(rows=st.lists(row(), max_size=60), shots=st.integers(0, 6))
def test_what_is_asked_is_what_held_out_users_asks_of_users_with_enough_rows(rows: list[Row], shots: int) -> None:
    file = table(rows)
    mine = k_shot_users.split(file, choice=k_shots(shots), seed=SEED)
    whole = held_out_users.split(file, choice=CHOICES["held-out-users"], seed=SEED)
    enough = {user for user in USERS if _count(whole.context, user) >= shots}
    for part in ("valid", "test"):
        assert text(getattr(mine, part)) == [found for found in text(getattr(whole, part)) if found[0] in enough]
    asked = {found[0] for part in (mine.valid, mine.test) for found in text(part)}
    assert {_count(mine.context, user) for user in asked} <= {shots}


def _count(rows: pl.DataFrame, user: str) -> int:
    return rows.filter(pl.col(schema.USER_ID) == user).height


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
