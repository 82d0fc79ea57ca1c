import numpy as np
import pytest

from explainrec_models.evaluation.explanation.stability import mean_correlation, mean_top_overlap

RUNS = [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]


def test_means_over_pairs_by_hand() -> None:
    """Correlations 1, -1, -1: mean -1/3. The first piece is 2, 2 and 0: overlaps 1, 0, 0."""
    assert mean_correlation(RUNS) == pytest.approx(-1 / 3)
    assert mean_top_overlap(RUNS, count=1) == pytest.approx(1 / 3)
    assert mean_top_overlap(RUNS) == 1.0


def test_constant_runs_are_left_out_and_a_single_one_says_nothing() -> None:
    assert mean_correlation([*RUNS[:2], [1.0, 1.0, 1.0]]) == pytest.approx(1.0)
    assert np.isnan(mean_correlation(RUNS[:1]))
    assert np.isnan(mean_top_overlap(RUNS[:1]))
