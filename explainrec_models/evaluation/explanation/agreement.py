"""How much two attributions of the same pieces agree: by rank, and by their first pieces."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from explainrec_models.evaluation.explanation.evidence import importance_order


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Return Spearman's correlation of two attributions (K,), mid-ranks at ties; NaN where one of them is constant."""
    ranks = [rankdata(np.asarray(values, dtype=np.float64)) for values in (first, second)]
    deviations = [values - values.mean() for values in ranks]
    lengths = float(np.sqrt((deviations[0] ** 2).sum() * (deviations[1] ** 2).sum()))
    return float(deviations[0] @ deviations[1]) / lengths if lengths else float("nan")


def top_overlap(first: ArrayLike, second: ArrayLike, *, count: int) -> float:
    """Return Jaccard's overlap of the first ``count`` pieces: how many both have, of all that either has.

    >>> top_overlap([4, 3, 2, 1], [4, 1, 2, 3], count=2)
    0.3333333333333333
    """
    one, other = (set(importance_order(values)[:count].tolist()) for values in (first, second))
    return len(one & other) / len(one | other)
