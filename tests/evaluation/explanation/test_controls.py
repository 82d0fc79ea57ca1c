import pytest

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.controls import (
    given_control,
    popularity_control,
    random_control,
    recency_control,
    weighted_recency_control,
)
from explainrec_models.evaluation.explanation.evidence import importance_order


def test_recency_cites_the_youngest_first() -> None:
    assert importance_order(recency_control(4)).tolist() == [3, 2, 1, 0]


def test_popularity_cites_the_most_popular_first() -> None:
    assert importance_order(popularity_control([5, 90, 7])).tolist() == [1, 2, 0]


def test_weights_fade_with_age_by_hand() -> None:
    """Ages 2, 1, 0 at a decay of 0.5: 8 · 0.25, 2 · 0.5, 3."""
    assert weighted_recency_control([8.0, 2.0, 3.0], decay=0.5).tolist() == [2, 1, 3]


def test_random_orders_follow_their_seed() -> None:
    assert random_control(30, seed=1).tolist() == random_control(30, seed=1).tolist()
    assert random_control(30, seed=1).tolist() != random_control(30, seed=2).tolist()


def test_a_given_attribution_needs_one_finite_number_a_piece() -> None:
    assert given_control([1, 2], 2).tolist() == [1.0, 2.0]
    with pytest.raises(DataError, match=r"must hold 3 finite numbers; this one has shape \(2,\)"):
        given_control([1, 2], 3)
    with pytest.raises(DataError, match="1 that are not finite"):
        given_control([1, float("nan")], 2)
