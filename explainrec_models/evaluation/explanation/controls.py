"""Attributions that know nothing of the model, to hold its own explanations against.

A faithful explanation must beat them on the same pairs. Pieces come oldest first, so that a higher place is younger.
"""

import numpy as np
from numpy.typing import ArrayLike

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.evidence import Attribution


def random_control(pieces: int, *, seed: int) -> Attribution:
    """Return a random order as values (K,)."""
    return np.random.default_rng(seed).permutation(pieces).astype(np.float64)


def recency_control(pieces: int) -> Attribution:
    """Return the youngest piece first (K,)."""
    return np.arange(pieces, dtype=np.float64)


def popularity_control(counts: ArrayLike) -> Attribution:
    """Return the most popular piece first, from how often each (K,) occurs in training."""
    return np.asarray(counts, dtype=np.float64)


def weighted_recency_control(weights: ArrayLike, *, decay: float) -> Attribution:
    """Return an item-item weight that fades with age: weight_k · decay^(K - 1 - k).

    With the weights of EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, arXiv 1905.03375)
    from each history item to the explained one it is the strongest control that costs no question to the model.

    Args:
        weights: (K,), oldest first.
        decay: factor for each step of age; 1 leaves the weights alone.
    """
    values = np.asarray(weights, dtype=np.float64)
    return values * decay ** np.arange(len(values) - 1, -1, -1)


def given_control(values: ArrayLike, pieces: int) -> Attribution:
    """Return values that come from elsewhere, such as attention summed over each piece's tokens.

    Raises:
        DataError: they are not one finite number a piece.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (pieces,) or not np.isfinite(given).all():
        message = (
            f"an attribution of {pieces} pieces of evidence must hold {pieces} finite numbers; this one has shape "
            f"{given.shape} and {int((~np.isfinite(given)).sum())} that are not finite"
        )
        raise DataError(message)
    return given
