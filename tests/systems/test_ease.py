"""The EASE row: the penalty is chosen on validation rows, unknown items score zero."""

from pathlib import Path

import numpy as np
from invented import corpus

from explainrec_models.data.histories import History
from explainrec_models.systems.ease import Config, System


def fitted(**settings: object) -> System:
    return System.fit(corpus(), Config(**settings), language_model=Path(), scratch=Path(), seed=0)


def test_the_best_of_the_tried_penalties_is_chosen() -> None:
    report = fitted(regularisations=(0.5, 5.0, 50.0)).report()
    best = max(tried["valid_ndcg_at_10_score"] for tried in report["tried"])
    assert len(report["tried"]) == 3
    assert report["chosen"]["valid_ndcg_at_10_score"] == best


def test_items_outside_the_catalogue_score_zero() -> None:
    assert fitted().score([History("u", ("0",), (True,), (1,))], [["nowhere"]])[0, 0] == 0.0


def test_likes_of_comedies_lift_comedies() -> None:
    scores = fitted(regularisations=(50.0,)).score([History("u", ("0", "2"), (True, True), (1, 2))], [["4", "5"]])[0]
    assert scores[0] > scores[1]


def test_a_catalogue_beyond_the_limit_is_solved_by_neighbours() -> None:
    """With all other items as neighbours the model is the same, so every choice and score is."""
    dense, sparse = fitted(), fitted(dense_items=7, neighbours=7)
    assert sparse.report()["weights"]["form"] == "sparse"
    assert {**sparse.report(), "weights": None} == {**dense.report(), "weights": None}
    history = History("u", ("0", "2"), (True, True), (1, 2))
    np.testing.assert_allclose(sparse.score([history], [["4", "5"]]), dense.score([history], [["4", "5"]]), atol=1e-5)


def test_fewer_neighbours_add_less() -> None:
    system = fitted(dense_items=0, neighbours=2)
    explanation = system.explain(History("u", ("0", "1", "2", "3", "4"), (True,) * 5, (1, 2, 3, 4, 5)), ["6"])[0]
    assert 0 < sum(c.value != 0 for c in explanation.contributions) <= 2
