"""EASE: an item-item model in closed form.

Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019, arXiv 1905.03375), section 3.1.
The recency decay and the centred variant are ours: decay follows the item-age weights measured in docs/log.md,
centring gives the model an intercept, so that an empty history has a score of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse


@dataclass(frozen=True)
class ItemWeights:
    """A linear item-item model. ``I`` items.

    Attributes:
        weights: (I, I), zero diagonal; ``weights[h, i]`` is what history item ``h`` adds to item ``i``. Sparse where
            the catalogue is too large for a dense one.
        prior: (I,), the score of each item for an empty history.
        unexplained: (I,), ``sum_u X[u, i] (X[u, i] - score[u, i])`` over the likes ``X`` of the fit.
    """

    weights: NDArray[np.float32] | sparse.csr_array
    prior: NDArray[np.float32]
    unexplained: NDArray[np.float64]

    def scores(self, history: NDArray[np.float32] | sparse.csr_array) -> NDArray[np.float32]:
        """Return (B, I) scores for (B, I) weighted histories."""
        product = history @ self.weights
        dense = product if isinstance(product, np.ndarray) else product.toarray()
        return np.asarray(dense, dtype=np.float32) + self.prior

    def between(self, history_rows: NDArray[np.int64], item_rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weight of each pair (history item, item); both arrays have equal length."""
        if isinstance(self.weights, np.ndarray):
            return np.asarray(self.weights[history_rows, item_rows])
        return cells(self.weights, history_rows, item_rows)

    def form(self) -> dict[str, str | int]:
        """Return whether the weights are dense or sparse and how many are kept, for reports."""
        if isinstance(self.weights, np.ndarray):
            return {"form": "dense", "entries": int(self.weights.size)}
        return {"form": "sparse", "entries": int(self.weights.nnz)}

    def onto(self, columns: sparse.csc_array) -> NDArray[np.float64]:
        """Return (I, W): the weights times (I, W) columns."""
        if isinstance(self.weights, np.ndarray):
            # In single precision: a double one would need a second copy of all weights.
            return np.asarray(self.weights @ columns.toarray().astype(np.float32), dtype=np.float64)
        return np.asarray((self.weights @ columns).toarray(), dtype=np.float64)


def fit_ease(likes: sparse.csr_array, *, regularisation: float, centred: bool) -> ItemWeights:
    """Solve ``min |X - XB|^2 + regularisation |B|^2`` subject to ``diag(B) = 0``.

    With the precision matrix ``P = (X'X + regularisation I)^-1``: ``B[h, i] = -P[h, i] / P[i, i]``, 0 on the diagonal,
    and what is left unexplained of item ``i`` is ``1 / P[i, i] - regularisation``.
    Centred, ``X`` is replaced by its deviation from the item means ``m``, and the prior is ``m - m B``.

    Args:
        likes: (U, I) matrix of likes.
        regularisation: L2 penalty.
        centred: whether the model has an intercept.
    """
    users = likes.shape[0]
    means = np.asarray(likes.sum(axis=0, dtype=np.float64)).ravel() / max(users, 1)
    gram = (likes.T @ likes).toarray().astype(np.float64)
    if centred:
        gram -= users * np.outer(means, means)
    gram[np.diag_indices_from(gram)] += regularisation
    precision = _inverse(gram)
    unexplained = 1 / np.diag(precision) - regularisation
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0.0)
    prior = means - means @ weights if centred else np.zeros_like(means)
    return ItemWeights(weights.astype(np.float32), prior.astype(np.float32), unexplained)


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of a symmetric, positive definite (I, I) matrix, whose memory is used up.

    Raises:
        LinAlgError: it is not positive definite.
    """
    if not len(matrix):
        return matrix
    # Solving for the columns of the identity would take more than twice as many steps. Transposed, the matrix has the
    # order of LAPACK, which then works in place.
    factor = linalg.cholesky(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    inverse, failed = linalg.lapack.dpotri(factor, lower=True, overwrite_c=True)
    assert failed == 0, "a Cholesky factor has no zero on its diagonal"
    inverse += np.tril(inverse, -1).T
    return np.asarray(inverse)


def cells(matrix: sparse.csr_array, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return single cells of a sparse matrix, 0 where it stores nothing."""
    if not len(rows):
        return np.zeros(0, dtype=np.float32)
    picked: Any = matrix[rows, columns]
    return np.asarray(picked if isinstance(picked, np.ndarray) else picked.toarray(), dtype=np.float32).ravel()


def recency_weights(count: int, decay: float) -> NDArray[np.float32]:
    """Return the weight of each of ``count`` liked items, oldest first; the most recent weighs 1.

    >>> recency_weights(3, 0.5).tolist()
    [0.25, 0.5, 1.0]
    """
    return np.power(np.float32(decay), np.arange(count - 1, -1, -1, dtype=np.float32))
