"""What an embedding holds beyond what an item's attributes say: the residual of a ridge regression on them.

Pictures of mugs resemble each other because they show mugs, which the category has said already; what is left tells
striped from dotted, whatever the category, so that a taste for it carries over to others. Taking out what is known is
partial regression (Frisch and Waugh, Econometrica 1933); its use here is ours.
"""

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.matrices import Matrix

MOST_ATTRIBUTES = 512
"""The most frequent ones are read: the regression inverts a matrix of their number."""
DOUBT = 10.0
"""Imaginary items, which resemble the mean, that each attribute starts with."""


def attribute_weights(has: NDArray[np.bool_], vectors: Matrix) -> tuple[Matrix, Matrix]:
    """Return centre (R) and weights (A, R) with which attributes foretell embeddings.

    Args:
        has: attributes of items (N, A).
        vectors: their embeddings (N, R).
    """
    weights = np.zeros((has.shape[1], vectors.shape[1]), dtype=np.float32)
    if not len(vectors):
        return np.zeros(vectors.shape[1], dtype=np.float32), weights
    share = has.mean(axis=0)
    read = np.argsort(-share, kind="stable")[:MOST_ATTRIBUTES]
    known = has[:, read] - share[read]
    mean = vectors.mean(axis=0, dtype=np.float64)
    found = np.linalg.solve(known.T @ known + DOUBT * np.eye(len(read)), known.T @ (vectors.astype(np.float64) - mean))
    weights[read] = found
    return (mean - share[read] @ found).astype(np.float32), weights
