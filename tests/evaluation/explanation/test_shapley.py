import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_models import additive, substitutes, unstructured

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.leave_one_out import leave_one_out
from explainrec_models.evaluation.explanation.shapley import exact_shapley, sampled_shapley


def test_substitutes_share_by_hand() -> None:
    """Whichever of the two arrives first gains 1; each is first in half of the orders."""
    assert exact_shapley(substitutes, 3).tolist() == pytest.approx([0.5, 0.5, 0])


def test_glove_game_by_hand() -> None:
    """A left glove (0) and two right ones: a pair is worth 1. Known values 2/3, 1/6, 1/6."""
    values = exact_shapley(lambda kept: (kept[:, 0] & kept[:, 1:].any(axis=1)).astype(float), 3)
    assert values.tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8))
def test_of_an_additive_model_it_is_leave_one_out(weights: list[float]) -> None:
    score = additive(weights, prior=1.0)
    assert exact_shapley(score, len(weights)) == pytest.approx(leave_one_out(score, len(weights)), abs=1e-9)
    assert sampled_shapley(score, len(weights), orders=2, seed=0) == pytest.approx(np.array(weights), abs=1e-9)


@given(st.integers(1, 8), st.integers(0, 1000))
def test_values_sum_to_what_the_evidence_does(pieces: int, seed: int) -> None:
    score = unstructured(pieces, seed=seed)
    nothing, everything = score(np.array([[False] * pieces, [True] * pieces]))
    assert exact_shapley(score, pieces).sum() == pytest.approx(everything - nothing)
    assert sampled_shapley(score, pieces, orders=3, seed=seed).sum() == pytest.approx(everything - nothing)


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_sampling_comes_near_the_exact_values(seed: int) -> None:
    """A gain's deviation is about √2 here: with 4,000 orders five standard errors are 0.11."""
    score = unstructured(5, seed=seed)
    sampled = sampled_shapley(score, 5, orders=4000, seed=seed)
    assert np.abs(sampled - exact_shapley(score, 5)).max() < 0.15
    assert sampled.tolist() == sampled_shapley(score, 5, orders=4000, seed=seed).tolist()


def test_too_many_pieces_are_refused() -> None:
    with pytest.raises(DataError, match=r"13 pieces need 2\^13 sets; 12 pieces are the most"):
        exact_shapley(substitutes, 13)
