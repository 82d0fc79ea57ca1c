"""EASE against the definition: the closed form is the constrained least-squares solution."""

import numpy as np
import pytest
from scipy import sparse

from explainrec_models.parts.ease import fit_ease, recency_weights


def likes(seed: int = 0, users: int = 30, items: int = 7) -> sparse.csr_array:
    return sparse.csr_array((np.random.default_rng(seed).random((users, items)) < 0.4).astype(np.float32))


def column_by_least_squares(matrix: np.ndarray, item: int, penalty: float) -> np.ndarray:
    """Solve one column without its own row: ridge regression of item ``item`` on all others."""
    others = [place for place in range(matrix.shape[1]) if place != item]
    design = matrix[:, others]
    solution = np.linalg.solve(design.T @ design + penalty * np.eye(len(others)), design.T @ matrix[:, item])
    return np.insert(solution, item, 0.0)


def test_weights_equal_ridge_regression_of_each_item_on_the_others() -> None:
    matrix = likes()
    model = fit_ease(matrix, regularisation=2.0, centred=False)
    expected = np.stack([column_by_least_squares(matrix.toarray(), item, 2.0) for item in range(7)], axis=1)
    np.testing.assert_allclose(np.asarray(model.weights), expected, atol=1e-5)
    assert not model.prior.any()


def test_centred_weights_equal_ridge_regression_with_an_unpenalised_intercept() -> None:
    matrix = likes(1)
    deviations = matrix.toarray() - matrix.toarray().mean(axis=0)
    model = fit_ease(matrix, regularisation=3.0, centred=True)
    expected = np.stack([column_by_least_squares(deviations, item, 3.0) for item in range(7)], axis=1)
    np.testing.assert_allclose(np.asarray(model.weights), expected, atol=1e-5)
    # With an intercept, the mean prediction of each item is its mean.
    np.testing.assert_allclose(model.scores(matrix).mean(axis=0), matrix.toarray().mean(axis=0), atol=1e-5)


def test_two_items_by_hand() -> None:
    """Gram [[2, 1], [1, 2]] + 1 I = [[3, 1], [1, 3]]; inverse = 1/8 [[3, -1], [-1, 3]]; B = -(-1/8) / (3/8) = 1/3."""
    matrix = sparse.csr_array(np.array([[1, 1], [1, 0], [0, 1]], dtype=np.float32))
    model = fit_ease(matrix, regularisation=1.0, centred=False)
    assert model.weights == pytest.approx(np.array([[0, 1 / 3], [1 / 3, 0]]))


def test_recency_weights_of_no_decay_are_one() -> None:
    assert recency_weights(3, 1.0).tolist() == [1.0, 1.0, 1.0]
    assert recency_weights(0, 0.5).tolist() == []
