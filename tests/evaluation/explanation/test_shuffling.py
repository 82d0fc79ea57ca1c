from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.shuffling import derangement, derangements


@given(st.integers(2, 40), st.integers(0, 1000))
def test_nothing_stays_and_nothing_is_lost(count: int, seed: int) -> None:
    for order in derangements(count, seed=seed, shuffles=2):
        assert sorted(order.tolist()) == list(range(count))
        assert (order != np.arange(count)).all()


def test_all_derangements_are_equally_likely() -> None:
    """Four rows have nine; of 9,000 draws each has 1,000 with a deviation of 30."""
    generator = np.random.default_rng(0)
    counts = Counter(tuple(derangement(4, generator).tolist()) for _ in range(9000))
    assert len(counts) == 9
    assert all(850 < count < 1150 for count in counts.values())


def test_a_single_row_has_no_other() -> None:
    with pytest.raises(DataError, match="there are 1 explanations; at least two are needed"):
        derangement(1, np.random.default_rng(0))
