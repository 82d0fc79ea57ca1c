"""ERASER: does the score fall without the evidence, and does it stand on the evidence alone?

DeYoung et al., "ERASER: A Benchmark to Evaluate Rationalized NLP Models" (ACL 2020, arXiv 1911.03429), section 4.2.
With m the score, x all pieces and r the first ones of the explanation's order:

comprehensiveness = m(x) - m(x without r), higher is better;
sufficiency = m(x) - m(r), lower is better;
AOPC = the mean of either over r of 5, 10, 20 and 50 % of the pieces.

What differs: the paper's bins begin at 1 %, which no history is long enough for, and its equation divides by one bin
more, the empty one, whose term is 0; the benchmark's own code takes the plain mean, as here. The **relative**
versions divide by m(x) - m(nothing), so that 1 is all that the evidence does, whatever a score's unit and zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explainrec_models.evaluation.explanation.evidence import (
    Numbers,
    Score,
    ask,
    counts_of_shares,
    first_kept,
    first_removed,
    importance_order,
)

SHARES = (0.05, 0.1, 0.2, 0.5)
_SMALLEST_SHARE = 1e-9
"""A margin below this share of the scores themselves is rounding."""


@dataclass(frozen=True)
class Removal:
    """What removing and keeping the first pieces does; ``S`` shares.

    Attributes:
        comprehensiveness: (S,).
        sufficiency: (S,).
        margin: m(x) - m(nothing).
    """

    comprehensiveness: Numbers
    sufficiency: Numbers
    margin: float

    @property
    def aopc_comprehensiveness(self) -> float:
        """Mean over the shares."""
        return float(self.comprehensiveness.mean())

    @property
    def aopc_sufficiency(self) -> float:
        """Mean over the shares."""
        return float(self.sufficiency.mean())

    @property
    def relative_comprehensiveness(self) -> float:
        """AOPC as a share of the margin; NaN where the evidence as a whole does not speak for the answer."""
        return self.aopc_comprehensiveness / self.margin if self.margin > 0 else float("nan")

    @property
    def relative_sufficiency(self) -> float:
        """AOPC as a share of the margin; NaN where the evidence as a whole does not speak for the answer."""
        return self.aopc_sufficiency / self.margin if self.margin > 0 else float("nan")


def removal(score: Score, attribution: ArrayLike, *, shares: Sequence[float] = SHARES) -> Removal:
    """Remove, and keep, the first pieces of an attribution (K,).

    Raises:
        DataError: the score does not answer with one finite number for each set.
    """
    order = importance_order(attribution)
    counts = counts_of_shares(shares, len(order))
    everything, nothing = first_removed(order, [0]), first_removed(order, [len(order)])
    sets = np.concatenate([everything, nothing, first_removed(order, counts), first_kept(order, counts)])
    answers = ask(score, sets)
    whole, empty, (without, alone) = answers[0], answers[1], np.split(answers[2:], 2)
    return Removal(whole - without, whole - alone, margin(float(whole), float(empty)))


def margin(whole: float, empty: float) -> float:
    """Return m(x) - m(nothing), and exactly 0 where the difference is rounding."""
    return whole - empty if abs(whole - empty) > _SMALLEST_SHARE * max(abs(whole), abs(empty)) else 0.0
