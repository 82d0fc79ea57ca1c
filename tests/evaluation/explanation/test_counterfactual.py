import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_models import additive, substitutes, unstructured

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.counterfactual import greedy_size, smallest_counterfactual
from explainrec_models.evaluation.explanation.evidence import above


def test_the_smallest_set_by_hand() -> None:
    """Weights 4, 3, 3, 1 stand above 6 (sum 11): no single removal suffices (7 is left at least), 4 and 3 do."""
    holds = above(additive([4.0, 3.0, 3.0, 1.0]), 6.0)
    assert smallest_counterfactual(holds, 4) == (0, 1)
    assert greedy_size(holds, [4.0, 3.0, 3.0, 1.0]) == 2
    assert greedy_size(holds, [1.0, 2.0, 3.0, 4.0]) == 3


def test_substitutes_fall_only_together() -> None:
    assert smallest_counterfactual(above(substitutes, 0.5), 3) == (0, 1)


def test_without_a_counterfactual_there_is_none() -> None:
    always, never = above(additive([1.0], prior=9.0), 0.0), above(additive([1.0]), 5.0)
    assert (smallest_counterfactual(always, 1), greedy_size(always, [1.0])) == (None, None)
    assert (smallest_counterfactual(never, 1), greedy_size(never, [1.0])) == (None, None)


def test_too_many_pieces_are_refused() -> None:
    with pytest.raises(DataError, match=r"2\^13 sets; 12 pieces are the most"):
        smallest_counterfactual(above(substitutes, 0.5), 13)


@given(st.integers(1, 6), st.integers(0, 1000))
def test_greedy_is_never_smaller_than_exact(pieces: int, seed: int) -> None:
    holds = above(unstructured(pieces, seed=seed), 0.0)
    exact, greedy = smallest_counterfactual(holds, pieces), greedy_size(holds, np.arange(float(pieces)))
    assert greedy is None or (exact is not None and len(exact) <= greedy)
