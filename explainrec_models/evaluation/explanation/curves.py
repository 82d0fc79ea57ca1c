"""Deletion and insertion curves, and the areas under them.

Petsiuk et al., "RISE" (BMVC 2018, arXiv 1806.07421): delete pieces from the most important on and the
score should fall at once (small area); insert them into nothing in the same order and it should rise at once (large
area). For recommenders: Barkan et al., "A Counterfactual Framework for Learning and Evaluating Explanations for
Recommender Systems" (LXR, WWW 2024), DEL and INS.

curve_j = m(x without the first j pieces), or m(the first j pieces), j = 0 … K;
area = ∫ curve d(j / K) by the trapezoid rule.

What differs: every piece is a step by default, where LXR takes ten bins of the history (``steps=10`` does, to the
nearest piece). A relative curve is (curve - m(nothing)) / (m(x) - m(nothing)); it may leave [0, 1] where
pieces speak against the answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explainrec_models.evaluation.explanation.evidence import (
    Flags,
    Numbers,
    Places,
    Score,
    ask,
    first_kept,
    first_removed,
    importance_order,
)
from explainrec_models.evaluation.explanation.removal import margin


@dataclass(frozen=True)
class Curve:
    """Scores along an order; ``J`` steps.

    Attributes:
        shares: share of the pieces removed or inserted (J + 1), from 0 to 1.
        scores: the model's score there (J + 1).
    """

    shares: Numbers
    scores: Numbers

    @property
    def area(self) -> float:
        """Area under the scores."""
        return float(np.trapezoid(self.scores, self.shares))


def deletion_curve(score: Score, attribution: ArrayLike, *, steps: int | None = None) -> Curve:
    """Return the scores while the most important pieces go first.

    Args:
        score: of sets of kept evidence.
        attribution: (K,).
        steps: how many removals; every piece is one if unset or if there are fewer pieces.

    Raises:
        DataError: the score does not answer with one finite number for each set.
    """
    order = importance_order(attribution)
    counts = step_counts(len(order), steps)
    return _curve(score, first_removed(order, counts.tolist()), counts)


def insertion_curve(score: Score, attribution: ArrayLike, *, steps: int | None = None) -> Curve:
    """Return the scores while the most important pieces come first; arguments as for deletion."""
    order = importance_order(attribution)
    counts = step_counts(len(order), steps)
    return _curve(score, first_kept(order, counts.tolist()), counts)


def relative_deletion(curve: Curve) -> Curve:
    """Return the curve from everything (1) to nothing (0); NaN where the evidence does not speak for the answer."""
    return _scaled(curve, empty=float(curve.scores[-1]), whole=float(curve.scores[0]))


def relative_insertion(curve: Curve) -> Curve:
    """Return the curve from nothing (0) to everything (1); NaN where the evidence does not speak for the answer."""
    return _scaled(curve, empty=float(curve.scores[0]), whole=float(curve.scores[-1]))


def step_counts(pieces: int, steps: int | None) -> Places:
    """Return how many pieces are removed at each step, from 0 to all.

    >>> step_counts(4, None).tolist(), step_counts(25, 10).tolist()
    ([0, 1, 2, 3, 4], [0, 2, 5, 8, 10, 12, 15, 18, 20, 22, 25])
    """
    parts = pieces if steps is None else min(steps, pieces)
    return np.unique(np.rint(np.linspace(0, pieces, parts + 1)).astype(np.intp))


def _curve(score: Score, sets: Flags, counts: Places) -> Curve:
    return Curve(counts / counts[-1], ask(score, sets))


def _scaled(curve: Curve, *, empty: float, whole: float) -> Curve:
    between = margin(whole, empty)
    scores = (curve.scores - empty) / between if between > 0 else np.full_like(curve.scores, np.nan)
    return Curve(curve.shares, scores)
