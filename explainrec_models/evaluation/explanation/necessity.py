"""Is the evidence necessary, is it sufficient? Counted on whether the answer stands.

Tan et al., "Counterfactual Explainable Recommendation" (CountER, CIKM 2021, arXiv 2108.10539), from the
model's perspective, over explained (user, item) pairs:

PN = share of pairs whose item leaves the first k without the explanation's pieces;
PS = share of pairs whose item stays among the first k with nothing but them;
F_NS = 2·PN·PS / (PN + PS).

What differs: the paper's explanation is a set of aspects whose size its optimiser chooses; here it is the first
r = 1, 3, 5 pieces of any attribution, so that explanations of equal size are compared. A value is NaN, and the pair
enters no mean, where the answer does not stand with everything kept (nothing was recommended) or where r is all there
is (keeping it is keeping everything).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from explainrec_models.evaluation.explanation.evidence import (
    Flags,
    Holds,
    Numbers,
    first_kept,
    first_removed,
    importance_order,
)

COUNTS = (1, 3, 5)


def necessity(holds: Holds, attribution: ArrayLike, *, counts: Sequence[int] = COUNTS) -> Numbers:
    """Return 1 where the answer falls without the first pieces, 0 where it stands (len(counts),)."""
    order = importance_order(attribution)
    return _tested(holds, first_removed(order, counts), counts, stands=False)


def sufficiency(holds: Holds, attribution: ArrayLike, *, counts: Sequence[int] = COUNTS) -> Numbers:
    """Return 1 where the answer stands on the first pieces alone, 0 where it falls (len(counts),)."""
    order = importance_order(attribution)
    return _tested(holds, first_kept(order, counts), counts, stands=True)


def f_ns(necessary: ArrayLike, sufficient: ArrayLike) -> Numbers:
    """Return the harmonic mean of PN and PS, 0 where both are 0.

    >>> f_ns([0.5, 0.0], [1.0, 0.0]).round(3).tolist()
    [0.667, 0.0]
    """
    first, second = np.asarray(necessary, dtype=np.float64), np.asarray(sufficient, dtype=np.float64)
    both = first + second
    return np.divide(2 * first * second, both, out=np.zeros_like(both), where=both != 0)


def _tested(holds: Holds, sets: Flags, counts: Sequence[int], *, stands: bool) -> Numbers:
    pieces = sets.shape[1]
    answers = np.asarray(holds(np.concatenate([np.ones((1, pieces), dtype=np.bool_), sets])), dtype=np.bool_)
    told = np.asarray(answers[1:] == stands, dtype=np.float64)
    told[(np.asarray(counts) >= pieces) | ~answers[0]] = np.nan
    return told
