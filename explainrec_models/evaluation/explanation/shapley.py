"""Shapley values: each piece's gain, averaged over all orders in which the evidence could arrive.

φ_k = Σ_{S without k} |S|! (K - |S| - 1)! / K! · (m(S + k) - m(S)); Shapley (1953), for predictions Štrumbelj and
Kononenko (JMLR 2010), whose permutation sampling is the second function. Both sum to m(x) - m(nothing), the sampled
ones exactly so for every order that is drawn.
"""

from math import factorial

import numpy as np

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.evidence import Attribution, Score, ask

MOST_PIECES = 12
"""4,096 sets."""


def exact_shapley(score: Score, pieces: int) -> Attribution:
    """Return the Shapley value of each piece (K,), from all 2^K sets in one question.

    Raises:
        DataError: there are more than 12 pieces, or the score does not answer with one finite number for each set.
    """
    if pieces > MOST_PIECES:
        message = (
            f"exact Shapley values of {pieces} pieces need 2^{pieces} sets; {MOST_PIECES} pieces are the most. Group "
            "the evidence, or sample."
        )
        raise DataError(message)
    codes = np.arange(2**pieces)
    bits = 1 << np.arange(pieces)
    kept = (codes[:, None] & bits) > 0
    answers = ask(score, kept)
    sizes = kept.sum(axis=1)
    shares = np.array([factorial(n) * factorial(pieces - n - 1) / factorial(pieces) for n in range(pieces)])
    values = np.empty(pieces)
    for place, bit in enumerate(bits):
        lacking = codes[~kept[:, place]]
        values[place] = shares[sizes[lacking]] @ (answers[lacking | bit] - answers[lacking])
    return values


def sampled_shapley(score: Score, pieces: int, *, orders: int, seed: int) -> Attribution:
    """Return the mean gain of each piece (K,) over random orders, from ``orders`` · (K + 1) sets in one question.

    Raises:
        DataError: the score does not answer with one finite number for each set.
    """
    generator = np.random.default_rng(seed)
    arrival = generator.permuted(np.tile(np.arange(pieces), (orders, 1)), axis=1)
    moments = np.argsort(arrival, axis=1)
    kept = moments[:, None, :] < np.arange(pieces + 1)[None, :, None]
    answers = ask(score, kept.reshape(-1, pieces)).reshape(orders, pieces + 1)
    gains = np.diff(answers, axis=1)
    return np.asarray(np.take_along_axis(gains, moments, axis=1).mean(axis=0))
