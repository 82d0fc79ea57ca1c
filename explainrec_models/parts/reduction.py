"""Embeddings to components: what attributes have not said already, its leading directions, in unit vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.beyond_attributes import attribute_weights
from explainrec_models.parts.matrices import Matrix, unit

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Reduction:
    """Principal components of what attributes leave of raw embeddings. ``R`` raw, ``D`` kept, ``A`` attributes.

    Attributes:
        centre: embedding of an item without attributes (R).
        basis: (R, D).
        explained: what each attribute says of the components (A, D).
    """

    centre: Matrix
    basis: Matrix
    explained: Matrix

    @classmethod
    def fit(cls, vectors: Matrix, present: Bools, has: Bools, size: int) -> "Reduction":
        """Fit on the rows that are present.

        Args:
            vectors: raw embeddings (N, R).
            present: which of them are real (N).
            has: attributes to take out (N, A).
            size: components to keep.
        """
        centre, weights = attribute_weights(has[present], vectors[present])
        left = vectors[present].astype(np.float64) - centre - said(has[present], weights)
        _, basis = np.linalg.eigh(left.T @ left)
        kept = basis[:, ::-1][:, :size].astype(np.float32)
        return cls(centre, kept, weights @ kept)

    def apply(self, vectors: Matrix, present: Bools, has: Bools) -> Matrix:
        """Return unit vectors (N, D), zeros where nothing is present."""
        left = (vectors - self.centre) @ self.basis - said(has, self.explained)
        return unit(left) * present[:, None].astype(np.float32)


def said(has: Bools, weights: Matrix) -> Matrix:
    """Return the sum of the weights (A, X) of what each item has (N, A), without the attributes that say nothing."""
    speaking = np.flatnonzero(weights.any(axis=1))
    return np.asarray(has[:, speaking] @ weights[speaking], dtype=np.float32)
