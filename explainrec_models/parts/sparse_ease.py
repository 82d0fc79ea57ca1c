"""EASE for catalogues whose item-item matrix does not fit in memory: each item is regressed on its nearest ones.

Steck, "Markov Random Fields for Collaborative Filtering" (NeurIPS 2019, arXiv 1910.09645): the inverse is approximated
on the items that correlate most. Of the trade-off described there, implemented is the exact end, at which each item is
regressed on its own neighbours and no two items share a solution. Regression on neighbours that are chosen first is
also fsSLIM (Ning and Karypis, "SLIM", ICDM 2011), there with an L1 penalty too.

Ours: the number of neighbours is fixed instead of their correlation, and the item-item matrix is never held whole.
Co-occurrences are counted in blocks of rows; those among the most popular items are kept; the others are counted again
for each group of items that are solved together. With all other items as neighbours the result is EASE itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from explainrec_models.parts.ease import ItemWeights, fit_ease
from explainrec_models.parts.progress import tracked

HEAD = 10_000
"""Most popular items whose co-occurrences are kept: 400 MB."""
PANEL = 4096
"""Items that one group of regressions may read: 67 MB."""
BLOCK = 128
"""Rows of co-occurrences counted at once."""


@dataclass(frozen=True)
class CoOccurrences:
    """Likes with the items in order of popularity. ``U`` users, ``I`` items, ``H`` popular ones.

    Attributes:
        by_item: (I, U).
        counts: (I,) likes of each item, falling.
        head: (H, H) users who like both.
    """

    by_item: sparse.csr_array
    counts: NDArray[np.float64]
    head: NDArray[np.float32]

    def among(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the co-occurrences of these items, given in order, with one another."""
        popular = int(np.searchsorted(rows, len(self.head)))
        counted = np.empty((len(rows), len(rows)), dtype=np.float32)
        counted[:popular, :popular] = self.head[np.ix_(rows[:popular], rows[:popular])]
        if popular < len(rows):
            likes = self.by_item[rows]
            counted[popular:] = (likes[popular:] @ likes.T).toarray()
            counted[:popular, popular:] = counted[popular:, :popular].T
        return counted


def fit_item_weights(
    likes: sparse.csr_array, *, regularisations: Sequence[float], centred: bool, dense_items: int, neighbours: int
) -> Iterator[ItemWeights]:
    """Yield a model for each penalty: dense up to ``dense_items`` items, beyond it with ``neighbours`` an item."""
    if likes.shape[1] <= dense_items:
        for regularisation in regularisations:
            yield fit_ease(likes, regularisation=regularisation, centred=centred)
    else:
        yield from fit_sparse_ease(likes, regularisations=regularisations, centred=centred, neighbours=neighbours)


def fit_sparse_ease(
    likes: sparse.csr_array,
    *,
    regularisations: Sequence[float],
    centred: bool,
    neighbours: int,
    head: int = HEAD,
    panel: int = PANEL,
) -> list[ItemWeights]:
    """Solve ``min |x_i - X_N b|^2 + regularisation |b|^2`` for each item ``i`` over its neighbours ``N``.

    Args:
        likes: (U, I) matrix of likes, each 1.
        regularisations: L2 penalties; they share the neighbours and the counting.
        centred: whether the model has an intercept: each column is replaced by its deviation from its mean.
        neighbours: history items that may add to an item's score.
        head: popular items whose co-occurrences are kept in memory.
        panel: items that a group of regressions may read.

    Returns:
        One model a penalty.
    """
    order, by_popularity = _in_order_of_popularity(likes)
    counted, nearest = count_co_occurrences(by_popularity, neighbours=neighbours, head=head)
    users, items = likes.shape
    means = counted.counts / max(users, 1) if centred else np.zeros(items)
    values = [np.zeros(nearest.shape, dtype=np.float32) for _ in regularisations]
    unexplained = [np.zeros(items) for _ in regularisations]
    groups = _groups(nearest, panel=max(panel, nearest.shape[1] + 1))
    # Systems of a few hundred unknowns are solved faster by one thread than by several that wait for one another.
    with threadpool_limits(limits=1, user_api="blas"):
        for members, union in tracked(groups, what="neighbourhoods"):
            local = counted.among(union)
            for item in members:
                near = nearest[item][nearest[item] >= 0]
                own, places = np.searchsorted(union, item), np.searchsorted(union, near)
                gram = local[np.ix_(places, places)] - users * np.outer(means[near], means[near])
                target = local[own, places] - users * means[near] * means[item]
                total = counted.counts[item] - users * means[item] ** 2
                for place, regularisation in enumerate(regularisations):
                    solution = _ridge(gram, target, regularisation)
                    values[place][item, : len(near)] = solution
                    unexplained[place][item] = total - target @ solution
    return [
        _in_catalogue_order(order, nearest, weights, left, means)
        for weights, left in zip(values, unexplained, strict=True)
    ]


def count_co_occurrences(
    likes: sparse.csr_array, *, neighbours: int, head: int = HEAD
) -> tuple[CoOccurrences, NDArray[np.int32]]:
    """Count who likes what together, a block of rows at a time, and choose each item's neighbours.

    Args:
        likes: (U, I), items in falling order of their likes.
        neighbours: items to choose for each.
        head: popular items whose co-occurrences are kept.

    Returns:
        The counts, and (I, N) neighbours in rising order, filled up with -1.
    """
    users, items = likes.shape
    by_item = sparse.csr_array(likes.T)
    counts = np.asarray(likes.sum(axis=0), dtype=np.float64).ravel()
    kept = min(head, items)
    among_popular = np.zeros((kept, kept), dtype=np.float32)
    nearest = np.full((items, min(neighbours, max(items - 1, 0))), -1, dtype=np.int32)
    variance = counts - counts**2 / max(users, 1)
    for start in tracked(range(0, items, BLOCK), what="co-occurrences", total=-(-items // BLOCK)):
        block = by_item[start : start + BLOCK] @ likes
        if start < kept:
            rows = slice(start, min(start + BLOCK, kept))
            among_popular[rows] = block[: rows.stop - start, :kept].toarray()
        for offset in range(block.shape[0]):
            item, cells = start + offset, slice(block.indptr[offset], block.indptr[offset + 1])
            others, together = block.indices[cells], block.data[cells].astype(np.float64)
            shared = together - counts[item] * counts[others] / users
            chosen = _nearest(item, others, shared**2 / np.maximum(variance[others], 1e-9), nearest.shape[1], items)
            nearest[item, : len(chosen)] = chosen
    return CoOccurrences(by_item, counts, among_popular), nearest


def _nearest(
    item: int, others: NDArray[np.int32], closeness: NDArray[np.float64], limit: int, items: int
) -> NDArray[np.int32]:
    """Return up to ``limit`` items of the largest squared correlation, in rising order; popular items win ties."""
    if limit == items - 1:
        # All others, liked together or not: the model is then EASE itself.
        return np.delete(np.arange(items, dtype=np.int32), item)
    apart = others != item
    others, closeness = others[apart], closeness[apart]
    if len(others) > limit:
        least = np.partition(closeness, len(others) - limit)[len(others) - limit]
        above, equal = others[closeness > least], np.sort(others[closeness == least])
        others = np.concatenate([above, equal[: limit - len(above)]])
    return np.sort(others)


def _groups(nearest: NDArray[np.int32], *, panel: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield items to solve together and the rising union of them and their neighbours, at most ``panel`` items.

    A group starts at the most popular item that is left, takes its neighbours and then whatever follows in popularity.
    """
    items, limit = nearest.shape
    left = np.ones(items, dtype=np.bool_)
    first = 0
    while first < items:
        following = first + np.flatnonzero(left[first : first + panel])
        close = nearest[first][nearest[first] >= 0]
        candidates = np.concatenate([[first], close[left[close]], following])
        candidates = candidates[np.sort(np.unique(candidates, return_index=True)[1])]
        # More cannot fit: neighbourhoods overlap, but hardly by more than this.
        candidates = candidates[: max(1, 8 * panel // (limit + 1))]
        reads = np.concatenate([candidates[:, None], nearest[candidates]], axis=1)
        union, place = np.unique(reads, return_index=True)
        newcomers = np.bincount(place[union >= 0] // reads.shape[1], minlength=len(candidates))
        members = candidates[: max(1, int(np.searchsorted(np.cumsum(newcomers), panel, side="right")))]
        union = np.unique(reads[: len(members)])
        left[members] = False
        yield members.astype(np.int64), union[union >= 0].astype(np.int64)
        remaining = np.flatnonzero(left[first:])
        first = first + int(remaining[0]) if len(remaining) else items


def _ridge(gram: NDArray[np.float64], target: NDArray[np.float64], regularisation: float) -> NDArray[np.float64]:
    if not len(target):
        return target
    penalised = gram.astype(np.float64)
    penalised[np.diag_indices_from(penalised)] += regularisation
    factor = linalg.cho_factor(penalised, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(linalg.cho_solve(factor, target, check_finite=False))


def _in_order_of_popularity(likes: sparse.csr_array) -> tuple[NDArray[np.int64], sparse.csr_array]:
    """Return the items in falling order of likes, and the matrix with its columns in that order."""
    order = np.argsort(-np.asarray(likes.sum(axis=0)).ravel(), kind="stable")
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    # Relabelled rather than indexed: indexing would widen the stored columns to eight bytes.
    renamed = sparse.csr_array((likes.data, place[likes.indices], likes.indptr), shape=likes.shape)
    renamed.sort_indices()
    return order, renamed


def _in_catalogue_order(
    order: NDArray[np.int64],
    nearest: NDArray[np.int32],
    values: NDArray[np.float32],
    unexplained: NDArray[np.float64],
    means: NDArray[np.float64],
) -> ItemWeights:
    """Put the columns, solved in order of popularity, back into the order of the catalogue."""
    items = len(order)
    filled = nearest >= 0
    rows = order[nearest[filled]]
    columns = np.repeat(order, filled.sum(axis=1))
    weights = sparse.csr_array(
        (values[filled], (rows.astype(np.int32), columns.astype(np.int32))), shape=(items, items)
    )
    in_order = np.empty(items)
    in_order[order] = means
    left = np.empty(items)
    left[order] = unexplained
    prior = in_order - weights.T @ in_order
    return ItemWeights(weights, prior.astype(np.float32), left)
