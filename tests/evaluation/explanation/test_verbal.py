import math

import pytest
from invented_models import additive

from explainrec_models.evaluation.explanation.verbal import named_in_text, named_order_agreement, verbal_gap


def test_names_come_in_the_order_of_the_text() -> None:
    names = ["Alien", "Heat", "Aliens", "Alien: Resurrection", "Up"]
    text = "You liked ALIEN:  Resurrection and heat, upper-class as it was; Alien less, alien again."
    assert [names[place] for place in named_in_text(text, names)] == ["Alien: Resurrection", "Heat", "Alien"]


def test_names_that_are_no_words_are_found_and_empty_ones_are_not() -> None:
    assert named_in_text("I saw (500) Days of Summer!", ["(500) Days of Summer", ""]) == [0]


def test_the_gap_by_hand() -> None:
    """Weights 6, 1, 1: without what is named the score falls by 6; a random piece costs 8/3 in expectation.

    3,000 draws have a standard error of 2.36 / √3000 = 0.043.
    """
    gap = verbal_gap(additive([6.0, 1.0, 1.0]), 3, [0], seed=0, draws=3000)
    assert gap == pytest.approx(6 - 8 / 3, abs=0.2)
    assert verbal_gap(additive([6.0, 1.0, 1.0]), 3, [1], seed=0, draws=3000) == pytest.approx(1 - 8 / 3, abs=0.2)


def test_the_gap_is_zero_where_all_weigh_alike_and_undefined_without_a_choice() -> None:
    assert verbal_gap(additive([1.0] * 4), 4, [2, 2, 0], seed=1) == 0.0
    assert math.isnan(verbal_gap(additive([1.0]), 1, [0], seed=1))
    assert math.isnan(verbal_gap(additive([1.0, 2.0]), 2, [], seed=1))


def test_agreement_by_hand() -> None:
    """Named 2, 0, 1 with effects 3, 2, 5: pairs (2,0) right, (2,1) wrong, (0,1) wrong: (1 - 2) / 3."""
    assert named_order_agreement([2, 0, 1], [2.0, 5.0, 3.0]) == pytest.approx(-1 / 3)
    assert named_order_agreement([1, 2, 0], [2.0, 5.0, 3.0]) == pytest.approx(1.0)
    assert math.isnan(named_order_agreement([1], [2.0, 5.0]))
    assert math.isnan(named_order_agreement([0, 1], [2.0, 2.0]))
