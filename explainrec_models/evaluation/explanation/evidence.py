"""The vocabulary of this package: a model seen through the sets of evidence that it is allowed to keep.

An explained prediction rests on ``K`` pieces of evidence: history items, attributes, modalities, sentences of a prompt.
Whoever explains knows how to ask the model with some of them left out; everything here is computed from that alone.

Shapes: ``N`` sets of kept evidence that are asked at once, ``K`` pieces, in the order in which the model reads them.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explainrec_models.errors import DataError

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

Score = Callable[[Flags], Numbers]
"""Kept evidence (N, K) in, the model's score or probability of the explained answer (N,) out; higher speaks for it."""
Rank = Callable[[Flags], ArrayLike]
"""Kept evidence (N, K) in, the rank of the explained item among all candidates (N,) out; 1 is the best."""
Holds = Callable[[Flags], Flags]
"""Kept evidence (N, K) in, whether the answer still stands (N,) out."""
Attribution = Numbers
"""How strongly each piece (K,) speaks for the answer; negative values speak against it."""


def importance_order(attribution: ArrayLike) -> Places:
    """Return the places (K,) from the strongest evidence for the answer to the strongest against it.

    Ties keep the order in which the model reads: an attribution that says nothing must not profit from anything else.

    >>> importance_order([0.1, 0.7, -0.3, 0.1]).tolist()
    [1, 0, 3, 2]
    """
    return np.argsort(-np.asarray(attribution, dtype=np.float64), kind="stable")


def first_removed(order: Places, counts: Sequence[int]) -> Flags:
    """Return kept evidence (len(counts), K) without the first 1, 2, … pieces of an order.

    >>> first_removed(np.array([2, 0, 1]), [1, 2]).tolist()
    [[True, True, False], [False, True, False]]
    """
    ranks = np.empty(len(order), dtype=np.intp)
    ranks[order] = np.arange(len(order))
    return ranks[None, :] >= np.asarray(counts, dtype=np.intp)[:, None]


def first_kept(order: Places, counts: Sequence[int]) -> Flags:
    """Return kept evidence (len(counts), K) of nothing but the first pieces of an order."""
    return ~first_removed(order, counts)


def counts_of_shares(shares: Sequence[float], pieces: int) -> list[int]:
    """Return how many pieces each share is, rounded up: the smallest share of a short history is one piece.

    >>> counts_of_shares([0.05, 0.1, 0.2, 0.5], 10)
    [1, 1, 2, 5]
    """
    # A share is read as it is written: 0.1 as a binary fraction is a hair above one tenth and would round 10 up to 2.
    return [ceil(Fraction(str(share)) * pieces) for share in shares]


def ask(score: Score, kept: Flags) -> Numbers:
    """Ask a model about sets of kept evidence.

    Raises:
        DataError: the answer is not one finite number for each set.
    """
    answer = np.asarray(score(kept), dtype=np.float64)
    if answer.shape != (len(kept),):
        message = (
            f"the scoring callable was asked about {len(kept)} sets of {kept.shape[1]} pieces of evidence and answered "
            f"with shape {answer.shape}; one number for each set is expected, shape ({len(kept)},)"
        )
        raise DataError(message)
    if not np.isfinite(answer).all():
        place = int(np.flatnonzero(~np.isfinite(answer))[0])
        message = (
            f"the scoring callable answered {answer[place]} when it kept {int(kept[place].sum())} of {kept.shape[1]} "
            "pieces of evidence; a finite number is expected for every set, the empty one included"
        )
        raise DataError(message)
    return answer


def remembered(score: Score) -> Score:
    """Return a score that never asks the model twice about one set: several metrics ask about the same ones."""
    known: dict[bytes, float] = {}

    def asked(kept: Flags) -> Numbers:
        keys = [row.tobytes() for row in np.ascontiguousarray(kept)]
        fresh = {key: place for place, key in reversed(list(enumerate(keys))) if key not in known}
        if fresh:
            places = sorted(fresh.values())
            answers = ask(score, kept[places])
            known.update({keys[place]: float(value) for place, value in zip(places, answers, strict=True)})
        return np.array([known[key] for key in keys], dtype=np.float64)

    return asked


def in_top(rank: Rank, cutoff: int) -> Holds:
    """Return whether the explained item is still among the first ``cutoff``."""
    return lambda kept: np.asarray(rank(kept)) <= cutoff


def above(score: Score, threshold: float) -> Holds:
    """Return whether the score is still above a threshold: an answer of Yes that stands at a probability over 0.5."""
    return lambda kept: ask(score, kept) > threshold
