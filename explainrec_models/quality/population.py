"""How far two distributions are apart: the population stability index.

``PSI = sum_b (new_b - old_b) ln(new_b / old_b)`` over the shares of each bin ``b``: the symmetrised Kullback-Leibler
divergence (Kullback & Leibler, "On Information and Sufficiency", 1951), under this name in Siddiqi, "Credit Risk
Scorecards" (2006), with its usual reading: below 0.1 no change, from 0.25 on a large one. Its statistics: Yurdakul &
Naranjo, "Statistical properties of the population stability index", Journal of Risk Model Validation 14(4), 2020. That
a bin counts at least ``SMALLEST``, since the index is infinite where one side is empty, is common practice and no part
of the definition.
"""

import math
from collections.abc import Mapping

SMALLEST = 1e-4


def stability_index(old: Mapping[str, float], new: Mapping[str, float]) -> float:
    """Return the index of two histograms, counts or shares; a bin that one of them lacks is empty there.

    Half of the mass moved from one of two equal bins to the other: (1/4 - 1/2) ln(1/2) + (3/4 - 1/2) ln(3/2).

    >>> round(stability_index({"a": 2, "b": 2}, {"a": 1, "b": 3}), 6)
    0.274653
    """
    before, after = sum(old.values()), sum(new.values())
    if not before or not after:
        return 0.0 if before == after else math.inf
    shares = (
        (max(old.get(name, 0) / before, SMALLEST), max(new.get(name, 0) / after, SMALLEST))
        for name in sorted({*old, *new})
    )
    return math.fsum((is_now - was) * math.log(is_now / was) for was, is_now in shares)
