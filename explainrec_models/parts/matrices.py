"""Unit vectors in rows."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def unit(vectors: NDArray[np.floating]) -> Matrix:
    """Scale rows to length one; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
