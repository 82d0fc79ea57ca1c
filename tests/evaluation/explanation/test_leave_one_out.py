import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_models import additive, substitutes

from explainrec_models.evaluation.explanation.leave_one_out import leave_one_out


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9), st.floats(-3, 3))
def test_of_an_additive_model_it_is_the_weights(weights: list[float], prior: float) -> None:
    assert leave_one_out(additive(weights, prior=prior), len(weights)).tolist() == pytest.approx(weights, abs=1e-9)


def test_two_substitutes_get_nothing_each() -> None:
    assert leave_one_out(substitutes, 3).tolist() == [0, 0, 0]
