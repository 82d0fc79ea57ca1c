"""Places agree with rankings, and log-odds are those of cards that say so."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import corpus

from explainrec_models.asking.session import Session
from explainrec_models.data.histories import History
from explainrec_models.parts.ranking import top_items
from explainrec_models.registry import system_card, system_config, system_module

ITEMS = tuple("abcdef")


def session(name: str, history: History, candidates: tuple[str, ...]) -> Session:
    films = corpus()
    fit = system_module(name).System.fit
    model = fit(films, system_config(name, {}), language_model=Path(), scratch=Path(), seed=1)
    titles = films.titles
    return Session(name, system_card(name), films, model, history, candidates, titles, "full", "ratings", None)


@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.0, float("nan")]), min_size=len(ITEMS), max_size=len(ITEMS)),
    st.sets(st.sampled_from(ITEMS), max_size=3),
)
def test_places_are_those_of_the_ranking(numbers: list[float], known: set[str]) -> None:
    """Also with equal scores, which keep the order of the candidates, and without the items of the history."""
    scores = np.array([numbers], dtype=np.float32)
    history = History("u", tuple(sorted(known)), (True,) * len(known), (0,) * len(known))
    asked = session("popularity", history, ITEMS)
    ranking = [item for item, _ in top_items(scores[0], ITEMS, length=len(ITEMS), exclude=known)]
    assert [int(asked.places(scores, item)[0]) for item in ranking] == list(range(1, len(ranking) + 1))


def test_a_score_is_log_odds_where_the_system_answers_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = session("rates", History("u"), ("0", "1"))
    assert not asked.log_odds
    monkeypatch.setattr(type(asked.model), "log_odds", True, raising=False)
    assert asked.log_odds
    assert system_card("tallrec").task == "pointwise"


def test_an_item_that_was_not_retrieved_is_added_once() -> None:
    asked = session("rates", History("u"), ("0", "1"))
    assert asked.including("5").candidates == ("0", "1", "5")
    assert asked.including("1") is asked
