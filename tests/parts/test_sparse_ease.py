"""Sparse EASE against the definition: a ridge regression of each item on its nearest, and EASE itself on all others."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from explainrec_models.parts.ease import ItemWeights, fit_ease
from explainrec_models.parts.sparse_ease import count_co_occurrences, fit_item_weights, fit_sparse_ease


def likes(users: int = 300, items: int = 80, seed: int = 0) -> sparse.csr_array:
    """Long-tailed likes of two groups of users who prefer even and odd items."""
    draw = np.random.default_rng(seed)
    popularity = 0.6 / np.arange(1, items + 1) ** 0.7
    agrees = (np.arange(items) % 2)[None, :] == (np.arange(users) % 2)[:, None]
    return sparse.csr_array((draw.random((users, items)) < popularity * (0.3 + agrees)).astype(np.float32))


def fit(
    matrix: sparse.csr_array, neighbours: int, *, centred: bool = True, head: int = 8192, panel: int = 4096
) -> ItemWeights:
    models = fit_sparse_ease(
        matrix, regularisations=[5.0], centred=centred, neighbours=neighbours, head=head, panel=panel
    )
    return models[0]


def dense(model: ItemWeights) -> np.ndarray:
    return model.weights if isinstance(model.weights, np.ndarray) else model.weights.toarray()


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize(("head", "panel"), [(8192, 4096), (10, 1), (0, 4096)])
def test_with_all_others_as_neighbours_it_is_ease(centred: bool, head: int, panel: int) -> None:  # noqa: FBT001
    matrix = likes()
    whole = fit_ease(matrix, regularisation=5.0, centred=centred)
    model = fit(matrix, 79, centred=centred, head=head, panel=panel)
    np.testing.assert_allclose(dense(model), dense(whole), atol=1e-5)
    np.testing.assert_allclose(model.prior, whole.prior, atol=1e-5)
    np.testing.assert_allclose(model.unexplained, whole.unexplained, atol=1e-5)


@pytest.mark.parametrize("centred", [True, False])
def test_each_item_is_regressed_on_the_items_that_correlate_most(centred: bool) -> None:  # noqa: FBT001
    matrix = likes().toarray()
    correlation = np.corrcoef(matrix, rowvar=False) ** 2
    # Items that nobody likes together with this one are not looked at, however negative the correlation.
    correlation[(matrix.T @ matrix == 0) | np.eye(80, dtype=bool)] = -1
    values = matrix - matrix.mean(axis=0) if centred else matrix
    weights = dense(fit(likes(), 6, centred=centred))
    for item in range(80):
        nearest = np.flatnonzero(weights[:, item])
        farther = np.delete(correlation[item], nearest)
        assert len(nearest) == min(6, (correlation[item] >= 0).sum())
        assert correlation[item, nearest].min() >= farther.max() - 1e-9
        design = values[:, nearest]
        expected = np.linalg.solve(design.T @ design + 5.0 * np.eye(len(nearest)), design.T @ values[:, item])
        np.testing.assert_allclose(weights[nearest, item], expected, atol=1e-5)


def test_how_the_counting_is_cut_changes_nothing() -> None:
    matrix = likes()
    expected = fit(matrix, 7)
    for head, panel in ((0, 4096), (9, 12), (30, 1)):
        model = fit(matrix, 7, head=head, panel=panel)
        np.testing.assert_array_equal(dense(model), dense(expected))
        np.testing.assert_array_equal(model.prior, expected.prior)


def test_what_is_left_unexplained_is_that_of_its_own_scores() -> None:
    matrix = likes()
    for model in (fit(matrix, 7), fit_ease(matrix, regularisation=5.0, centred=True)):
        residuals = matrix.toarray() - model.scores(matrix)
        np.testing.assert_allclose((matrix.toarray() * residuals).sum(axis=0), model.unexplained, atol=1e-3)


def test_several_penalties_give_what_each_gives_alone() -> None:
    both = fit_sparse_ease(likes(), regularisations=[5.0, 50.0], centred=True, neighbours=7)
    np.testing.assert_array_equal(dense(both[0]), dense(fit(likes(), 7)))
    assert abs(dense(both[1])).sum() < abs(dense(both[0])).sum()


def test_items_that_nobody_or_everybody_likes_are_scored_by_their_mean() -> None:
    matrix = likes().toarray()
    matrix[:, 3], matrix[:, 4] = 0, 1
    model = fit(sparse.csr_array(matrix), 7)
    assert not dense(model)[:, 3].any()
    np.testing.assert_allclose(model.scores(sparse.csr_array(matrix))[:, [3, 4]], [[0.0, 1.0]] * 300, atol=1e-5)


def test_the_most_popular_items_come_first_and_equal_correlations_keep_their_order() -> None:
    """Items 1 and 2 are liked by the same users as item 0, so either would do; one neighbour is asked for."""
    matrix = sparse.csr_array(np.array([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]], dtype=np.float32))
    _, nearest = count_co_occurrences(matrix, neighbours=1)
    assert nearest.tolist() == [[1], [0], [0], [0]]


def test_a_single_item_and_an_empty_table_give_models_without_weights() -> None:
    assert dense(fit(sparse.csr_array(np.ones((3, 1), dtype=np.float32)), 7)).tolist() == [[0.0]]
    assert fit(sparse.csr_array(np.zeros((0, 4), dtype=np.float32)), 2).prior.tolist() == [0.0] * 4


def test_the_size_of_the_catalogue_decides() -> None:
    forms = [
        next(fit_item_weights(likes(), regularisations=[1.0], centred=True, dense_items=limit, neighbours=3)).form()
        for limit in (80, 79)
    ]
    assert forms == [{"form": "dense", "entries": 6400}, {"form": "sparse", "entries": 240}]


def test_memory_stays_far_below_a_matrix_of_all_items() -> None:
    items, draw = 6000, np.random.default_rng(1)
    rows, columns = np.repeat(np.arange(2000), 8), draw.integers(0, items, 16_000)
    matrix = sparse.csr_array((np.ones(16_000, dtype=np.float32), (rows, columns)), shape=(2000, items))
    matrix.data[:] = 1
    tracemalloc.start()
    fit(matrix, 10, head=200, panel=200)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < items**2 * 4 / 10
