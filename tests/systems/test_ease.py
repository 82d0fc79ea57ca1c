"""The EASE row: the penalty is chosen on validation rows, unknown items score zero."""

from pathlib import Path

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
