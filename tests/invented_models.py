"""Models whose right explanation is known: sums, substitutes, and numbers without any structure."""

from collections.abc import Sequence

import numpy as np

from explainrec_models.evaluation.explanation.evidence import Flags, Numbers, Rank, Score


def additive(weights: Sequence[float], *, prior: float = 0.0) -> Score:
    """Each kept piece adds its weight."""
    values = np.asarray(weights, dtype=np.float64)

    def score(kept: Flags) -> Numbers:
        total: Numbers = kept @ values
        return total + prior

    return score


def substitutes(kept: Flags) -> Numbers:
    """Score 1 with either of the first two pieces, 0 without both."""
    return np.asarray(kept[:, :2].any(axis=1), dtype=np.float64)


def unstructured(pieces: int, *, seed: int) -> Score:
    """A random number for each of the 2^K sets."""
    table = np.random.default_rng(seed).normal(size=2**pieces)
    return lambda kept: table[kept @ (1 << np.arange(pieces))]


def rank_among(score: Score, others: Sequence[float]) -> Rank:
    """The rank of the explained item among candidates whose scores do not move."""
    return lambda kept: 1 + (np.asarray(others)[None, :] > score(kept)[:, None]).sum(axis=1)
