"""Few training rows: drawn by the seed from the training rows alone, nested, each with a history."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import (
    CHOICES,
    DAY,
    TEST_FROM,
    VALID_FROM,
    Row,
    chosen_on,
    divide,
    mixed,
    row,
    table,
    text,
    trained,
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
@given(
    rows=st.lists(row(last=TEST_FROM), max_size=30).map(whole),
    some=st.lists(row(first=TEST_FROM), max_size=15),
    others=st.lists(row(first=TEST_FROM), max_size=15),
    order=st.randoms(use_true_random=False),
)
def test_no_row_from_test_from_on_changes_what_is_drawn_or_chosen(
    rows: list[Row], some: list[Row], others: list[Row], order: random.Random
) -> None:
    mine, other = (divide(table(mixed(rows, planted, order)), CHOICE) for planted in (some, others))
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@given(
    rows=st.lists(row(last=VALID_FROM), max_size=30).map(whole),
    some=st.lists(row(first=VALID_FROM), max_size=15),
    others=st.lists(row(first=VALID_FROM), max_size=15),
    order=st.randoms(use_true_random=False),
)
def test_no_row_from_valid_from_on_changes_what_is_drawn(
    rows: list[Row], some: list[Row], others: list[Row], order: random.Random
) -> None:
    mine, other = (divide(table(mixed(rows, planted, order)), CHOICE) for planted in (some, others))
    assert trained(mine) == trained(other)
    assert text(mine.context) == text(other.context)
