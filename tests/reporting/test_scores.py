import math

import pytest

from explainrec_models.reporting.scores import gives_log_odds, probability, standing


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1.25, "77.7 %"),  # 1 / (1 + 0.28650) = 0.77730
        (-0.8, "31.0 %"),  # 1 / (1 + 2.22554) = 0.31003
        (math.log(3), "75.0 %"),
        (-math.log(999), "0.1 %"),
    ],
)
def test_a_probability_is_the_sigmoid(score: float, words: str) -> None:
    assert probability(score) == words.replace(" %", "\N{NO-BREAK SPACE}%")


@pytest.mark.parametrize(("score", "words"), [(20.0, "over 99.9 %"), (1e6, "over 99.9 %"), (-1e6, "under 0.1 %")])
def test_nothing_is_certain_and_nothing_overflows(score: float, words: str) -> None:
    assert probability(score) == words.replace(" %", "\N{NO-BREAK SPACE}%")


def test_what_is_no_log_odds_stays_a_number() -> None:
    assert standing(-0.8, log_odds=False) == "\N{MINUS SIGN}0.800"
    assert standing(-0.8, log_odds=True) == probability(-0.8)


@pytest.mark.parametrize(("task", "expected"), [("pointwise", True), ("ranking", False), ("both", False)])
def test_the_card_tells_whether_scores_are_log_odds(task: str, *, expected: bool) -> None:
    assert gives_log_odds({"task": task}) is expected
