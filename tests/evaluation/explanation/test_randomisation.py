import numpy as np
import pytest
from invented_models import unstructured

from explainrec_models.evaluation.explanation.leave_one_out import leave_one_out
from explainrec_models.evaluation.explanation.randomisation import permuted_labels, randomisation_check


def test_by_hand() -> None:
    """The second example turns the order round: -1 with signs, 1 without; a constant attribution has no correlation."""
    own = [np.array([1.0, 2.0, 3.0]), np.array([-1.0, -2.0, -3.0]), np.ones(3)]
    other = [np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])]
    assert randomisation_check(own, other).tolist() == pytest.approx([1, -1, float("nan")], nan_ok=True)
    assert randomisation_check(own, other, absolute=True).tolist()[:2] == pytest.approx([1, 1])


def test_leave_one_out_passes_and_recency_does_not() -> None:
    """Attributions of 200 pairs of unrelated models: those of the models fall to 0, recency shows the input alone."""
    models = [[unstructured(8, seed=seed) for seed in (number, number + 1000)] for number in range(200)]
    explained = [[leave_one_out(score, 8) for score in pair] for pair in models]
    own, randomised = zip(*explained, strict=True)
    assert abs(randomisation_check(own, randomised).mean()) < 0.1
    assert randomisation_check([np.arange(8.0)], [np.arange(8.0)]).tolist() == pytest.approx([1.0])


def test_permuted_labels_keep_their_counts() -> None:
    labels = np.repeat([0, 1], [70, 30])
    permuted = permuted_labels(labels, seed=3)
    assert np.bincount(permuted.astype(int)).tolist() == [70, 30]
    assert permuted.tolist() != labels.tolist()
    assert permuted.tolist() == permuted_labels(labels, seed=3).tolist()
