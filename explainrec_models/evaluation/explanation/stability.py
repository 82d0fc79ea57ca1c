"""Does an explanation stay when what should not matter changes: the seed, the order of candidates, the paraphrase?

Means over all pairs of ``S`` runs of one example. Values must be aligned by piece, not by place in the prompt: where
the history was reordered, bring the attribution back into the first order before. Alvarez-Melis and Jaakkola, "On the
Robustness of Interpretability Methods" (2018, arXiv 1806.08049) ask the question; the two measures are common practice.
"""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from explainrec_models.evaluation.explanation.agreement import rank_correlation, top_overlap

TOP = 3


def mean_correlation(runs: ArrayLike) -> float:
    """Return the mean of Spearman's correlation over pairs of runs (S, K).

    Pairs with a constant attribution have none and are left out; NaN where that leaves nothing.
    """
    values = [rank_correlation(one, other) for one, other in combinations(np.asarray(runs, dtype=np.float64), 2)]
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else float("nan")


def mean_top_overlap(runs: ArrayLike, *, count: int = TOP) -> float:
    """Return the mean Jaccard overlap of the first pieces over pairs of runs (S, K); NaN for a single run."""
    pairs = list(combinations(np.asarray(runs, dtype=np.float64), 2))
    return float(np.mean([top_overlap(one, other, count=count) for one, other in pairs])) if pairs else float("nan")
