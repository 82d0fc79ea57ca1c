"""Factors of likes against a full decomposition."""

import numpy as np
import pytest
from scipy import sparse

from explainrec_models.parts.item_factors import item_factors


def likes(seed: int = 0, users: int = 30, items: int = 12) -> sparse.csr_array:
    return sparse.csr_array((np.random.default_rng(seed).random((users, items)) < 0.3).astype(np.float32))


def test_products_of_factors_are_the_best_of_their_rank() -> None:
    """V S V' of the truncated SVD, from numpy's full one; V scaled by the root of S gives it as a product."""
    dense = likes().toarray()
    users, items = (np.maximum(dense.sum(axis=axis, keepdims=True), 1) for axis in (1, 0))
    weighed = dense / np.sqrt(users) / np.sqrt(items)
    _, singular, right = np.linalg.svd(weighed, full_matrices=False)
    expected = (right[:4].T * singular[:4]) @ right[:4]
    found = item_factors(likes(), size=4, seed=1)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found @ found.T, expected, atol=1e-3)


@pytest.mark.parametrize(("shape", "columns"), [((3, 12), 3), ((30, 2), 2), ((1, 1), 1)])
def test_a_small_matrix_has_few_factors(shape: tuple[int, int], columns: int) -> None:
    assert item_factors(sparse.csr_array(np.ones(shape, dtype=np.float32)), size=8, seed=1).shape == (shape[1], columns)


def test_people_and_items_without_likes_have_no_direction() -> None:
    dense = likes().toarray()
    dense[:, 5] = 0
    dense[3] = 0
    factors = item_factors(sparse.csr_array(dense), size=4, seed=1)
    assert np.isfinite(factors).all()
    np.testing.assert_allclose(factors[5], 0, atol=1e-6)
    assert not item_factors(sparse.csr_array(np.zeros((4, 6), dtype=np.float32)), size=2, seed=1).any()


def test_the_start_of_the_search_does_not_matter() -> None:
    np.testing.assert_allclose(item_factors(likes(), size=3, seed=1), item_factors(likes(), size=3, seed=2), atol=1e-3)
