from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.evaluation.explanation.features import (
    coverage,
    diversity,
    diversity_statistic,
    matches,
    mentioned,
)

FEATURES = ["plot", "cast", "price", "music"]
FOUND = st.lists(st.frozensets(st.sampled_from(FEATURES)), min_size=2, max_size=12)


def test_matching_and_coverage_by_hand() -> None:
    """The second text misses its feature; plot, cast and price are three of four."""
    texts = [["the", "plot", "and", "cast"], ["the", "price"], ["plot", "plot"]]
    found = mentioned(texts, FEATURES)
    assert found == [{"plot", "cast"}, {"price"}, {"plot"}]
    assert matches(found, ["plot", "music", "plot"]).tolist() == [1, 0, 1]
    assert coverage(found, FEATURES) == 3 / 4


@given(FOUND)
def test_the_closed_form_is_the_double_loop(found: list[frozenset[str]]) -> None:
    shared = [len(one & other) for one, other in combinations(found, 2)]
    assert diversity(found) == pytest.approx(sum(shared) / len(shared))


@given(FOUND, st.integers(0, 99))
def test_resampled_diversity_is_the_double_loop_over_drawn_pairs(found: list[frozenset[str]], seed: int) -> None:
    generator = np.random.default_rng(seed)
    users = generator.integers(0, 3, len(found))
    weights = np.concatenate([np.ones((1, 3)), generator.integers(1, 4, (4, 3)).astype(float)])
    values = diversity_statistic(found, users)(weights)
    for row, value in zip(weights, values, strict=True):
        pairs = [
            (row[users[i]] * row[users[j]], len(found[i] & found[j])) for i, j in combinations(range(len(found)), 2)
        ]
        assert value == pytest.approx(sum(w * shared for w, shared in pairs) / sum(w for w, _ in pairs))
    assert values[0] == pytest.approx(diversity(found))
