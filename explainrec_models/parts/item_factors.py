"""Item vectors from likes alone, without gradients: a truncated SVD where a network may begin.

Randomised range finder with power iterations: Halko, Martinsson, Tropp, "Finding Structure with Randomness", SIAM
Review 2011, arXiv 0909.4061. Users and items are weighed down by the root of their likes, as in spectral methods.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_OVERSAMPLING = 8
_ITERATIONS = 4


def item_factors(likes: sparse.csr_array, *, size: int, seed: int) -> NDArray[np.float32]:
    """Return (I, F) factors, F at most ``size``, each column scaled by the root of its singular value.

    Args:
        likes: (U, I) likes.
        size: columns wanted; a small matrix has fewer.
        seed: of the random start.
    """
    users = np.asarray(likes.sum(axis=1)).ravel()
    items = np.asarray(likes.sum(axis=0)).ravel()
    weighed = sparse.csr_array(_root_inverse(users) @ likes @ _root_inverse(items)).astype(np.float64)
    size = min(size, *weighed.shape)
    probes = min(size + _OVERSAMPLING, *weighed.shape)
    basis = np.random.default_rng(seed).standard_normal((weighed.shape[1], probes))
    for _ in range(_ITERATIONS):
        basis = np.linalg.qr(weighed.T @ (weighed @ basis))[0]
    left, singular, right = np.linalg.svd(weighed @ basis, full_matrices=False)
    factors = (basis @ right.T)[:, :size] * np.sqrt(singular[:size])
    # A singular vector's sign is arbitrary; its largest user weight decides.
    peaks = np.abs(left[:, :size]).argmax(axis=0)
    signs = np.where(left[peaks, np.arange(size)] < 0, -1.0, 1.0)
    return np.ascontiguousarray(factors * signs, dtype=np.float32)


def _root_inverse(counts: NDArray[np.generic]) -> sparse.dia_array:
    return sparse.diags_array(1 / np.sqrt(np.maximum(counts.astype(np.float64), 1.0)))
