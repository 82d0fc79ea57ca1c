"""Few training rows: drawn by the seed from the training rows alone, nested, each with a history."""

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
    text,
    trained,
    two_files,
    whole,
)

from explainrec_models.data import schema
from explainrec_models.data.recipes import few_shot, temporal
from explainrec_models.errors import ParamsError

CHOICE = CHOICES["few-shot"]


def many() -> list[Row]:
    return [(f"u{number % 5}", f"i{number}", 1, number * DAY // 20, None, None) for number in range(200)]


def test_the_draw_takes_the_place_of_the_training_rows_and_the_rest_is_context() -> None:
    rows = table(many())
    full = temporal.split(rows, choice=CHOICE, seed=0)
    drawn = few_shot.split(rows, choice=CHOICE.model_copy(update={"shots": 7}), seed=0)
    assert drawn.train.height == 7
    assert sorted(text(drawn.train) + text(drawn.context)) == sorted(text(full.train))
    assert text(drawn.valid) + text(drawn.test) == text(full.valid) + text(full.test)


def test_a_drawn_row_has_an_earlier_row_of_its_user() -> None:
    rows: list[Row] = [("a", "i1", 1, 5, None, None), ("a", "i2", 1, 5, None, None), ("a", "i3", 1, 6, None, None)]
    assert [found[1] for found in text(divide(table(rows), CHOICE).train)] == ["i3"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fewer_shots_are_among_more_of_the_same_seed(seed: int) -> None:
    rows = table(many())
    sets = [
        set(few_shot.split(rows, choice=CHOICE.model_copy(update={"shots": shots}), seed=seed).train[schema.RATING])
        for shots in (1, 5, 20)
    ]
    assert [len(found) for found in sets] == [1, 5, 20]
    assert sets[0] < sets[1] < sets[2]


def test_seeds_draw_apart() -> None:
    rows, choice = table(many()), CHOICE.model_copy(update={"shots": 10})
    first, second = (few_shot.split(rows, choice=choice, seed=seed).train for seed in (1, 2))
    assert not first.equals(second)


def test_more_shots_than_rows_with_a_history_are_refused() -> None:
    choice = CHOICE.model_copy(update={"shots": 500})
    with pytest.raises(ParamsError, match=r"`shots: 500` .* only 55 of 60 training rows have an earlier row"):
        divide(table(many()), choice)


@settings(deadline=None)
@given(files=two_files(st.lists(row(last=TEST_FROM), max_size=30).map(whole), row(first=TEST_FROM)))
def test_no_row_from_test_from_on_changes_what_is_drawn_or_chosen(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(files=two_files(st.lists(row(last=VALID_FROM), max_size=30).map(whole), row(first=VALID_FROM)))
def test_no_row_from_valid_from_on_changes_what_is_drawn(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert trained(mine) == trained(other)
    assert text(mine.context) == text(other.context)
