import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_models import additive, unstructured

from explainrec_models.evaluation.explanation.removal import removal

WEIGHTS = st.lists(st.floats(-5, 5), min_size=1, max_size=8)


def test_removal_by_hand() -> None:
    """Ten pieces of weight 10, 9 … 1 (sum 55), score 2 + sum, explained in that order.

    5, 10, 20 and 50 % are 1, 1, 2 and 5 pieces: of weight 10, 10, 19 and 40. Comprehensiveness is what goes,
    (10 + 10 + 19 + 40) / 4 = 19.75; sufficiency is what is missing, (45 + 45 + 36 + 15) / 4 = 35.25; the margin is 55.
    """
    weights = list(range(10, 0, -1))
    found = removal(additive(weights, prior=2.0), weights)
    assert found.comprehensiveness.tolist() == [10, 10, 19, 40]
    assert found.sufficiency.tolist() == [45, 45, 36, 15]
    assert (found.aopc_comprehensiveness, found.aopc_sufficiency, found.margin) == (19.75, 35.25, 55)
    assert found.relative_comprehensiveness == pytest.approx(19.75 / 55)
    assert found.relative_sufficiency == pytest.approx(35.25 / 55)


def test_relative_values_are_undefined_where_the_evidence_speaks_against_the_answer() -> None:
    found = removal(additive([-1.0, 0.5]), [0.5, 1.0])
    assert np.isnan(found.relative_comprehensiveness)
    assert np.isnan(found.relative_sufficiency)


@given(WEIGHTS, st.integers(0, 1000))
def test_no_order_is_more_comprehensive_than_the_exact_one_of_an_additive_model(
    weights: list[float], seed: int
) -> None:
    score, other = additive(weights), np.random.default_rng(seed).permutation(len(weights))
    exact, any_other = removal(score, weights), removal(score, other)
    assert (exact.comprehensiveness >= any_other.comprehensiveness - 1e-9).all()
    assert (exact.sufficiency <= any_other.sufficiency + 1e-9).all()


@given(st.integers(1, 6), st.integers(0, 1000), st.floats(0.5, 3), st.floats(-9, 9))
def test_relative_values_do_not_depend_on_unit_and_zero(pieces: int, seed: int, unit: float, zero: float) -> None:
    score, attribution = unstructured(pieces, seed=seed), np.random.default_rng(seed).normal(size=pieces)
    first = removal(score, attribution)
    second = removal(lambda kept: zero + unit * score(kept), attribution)
    assert second.relative_comprehensiveness == pytest.approx(first.relative_comprehensiveness, nan_ok=True)
    assert second.relative_sufficiency == pytest.approx(first.relative_sufficiency, nan_ok=True)
