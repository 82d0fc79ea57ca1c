"""Like rates against counts by hand."""

from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.systems.rates import Config, System

ROWS = pl.DataFrame(
    [("u", "a", 5.0, 1, 1), ("u", "b", 1.0, 2, 0), ("v", "a", 5.0, 3, 1), ("w", "a", 2.0, 4, 0)],
    schema=schema.INTERACTION_COLUMNS,
    orient="row",
)


def fitted(smoothing: float) -> System:
    corpus = Corpus("k", "film", pl.DataFrame({schema.ITEM_ID: ["a", "b"]}), ROWS, ROWS.clear())
    return System.fit(corpus, Config(smoothing=smoothing), language_model=Path(), scratch=Path(), seed=0)


def test_rates_by_hand() -> None:
    """Overall 2/4; item a (2 + 1)/(3 + 2) = .6; user with one like in one row (1 + 1)/(1 + 2) = 2/3."""
    score = fitted(2.0).score([History("x", ("b",), (True,), (9,))], [["a"]])
    assert score[0, 0] == pytest.approx(0.6 + 2 / 3)


def test_strangers_get_the_overall_rate_twice() -> None:
    assert fitted(2.0).score([History("new")], [["unseen"]])[0, 0] == pytest.approx(1.0)


def test_the_user_part_comes_from_the_history_handed_in() -> None:
    system = fitted(5.0)
    happy = History("u", ("a", "b"), (True, True), (1, 2))
    grumpy = History("u", ("a", "b"), (False, False), (1, 2))
    scores = system.score([happy, grumpy], [["a"], ["a"]])
    assert scores[0, 0] - scores[1, 0] == pytest.approx(2 / 7)


def test_contributions_are_exact() -> None:
    history = History("u", ("a", "b", "a"), (True, False, True), (1, 2, 3))
    system = fitted(5.0)
    explanation = system.explain(history, ["b"])[0]
    assert explanation.score == pytest.approx(float(system.score([history], [["b"]])[0, 0]))
    assert sum(c.value for c in explanation.contributions) == pytest.approx(explanation.score)
