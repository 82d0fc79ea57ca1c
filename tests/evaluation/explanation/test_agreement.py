import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from explainrec_models.evaluation.explanation.agreement import rank_correlation, top_overlap


def test_correlation_by_hand() -> None:
    """Ranks 1 2 3 4 and 1 3 2 4: 1 - 6 · (0 + 1 + 1 + 0) / (4 · 15) = 0.8."""
    assert rank_correlation([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(0.8)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=20))
def test_correlation_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    if len(set(first)) > 1 and len(set(second)) > 1:
        assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    else:
        assert np.isnan(rank_correlation(first, second))


def test_overlap_by_hand() -> None:
    """First three: {0, 1, 2} and {1, 2, 3}: two of four."""
    assert top_overlap([9, 8, 7, 0], [0, 9, 8, 7], count=3) == 0.5
