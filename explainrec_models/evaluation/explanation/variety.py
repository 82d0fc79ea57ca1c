"""How varied generated texts are: a model that says the same to everybody explains nothing.

USR = |unique texts| / N (Li et al., "Generate Neural Template Explanations for Recommendation", NETE, CIKM 2020): token
by token, through a set and not by comparing all pairs, which takes PETER's own code seconds;
distinct-n = |unique n-grams| / |n-grams| over the corpus (Li et al., NAACL 2016, arXiv 1510.03055);
ENTR = geometric mean over n = 1, 2, 3 of the entropy -Σ p ln p of the corpus' n-grams. It is printed by some papers on
explanations without its base and orders; those here are a choice, so that it compares within a table only.

None of them reads a reference, so none can tell an explanation from that of somebody else. All depend on the number of
texts: they are compared at equal N, and resampled texts would repeat one another, so that they carry no interval.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from explainrec_models.evaluation.explanation.words import Words, ngrams

ENTROPY_ORDERS = (1, 2, 3)


def unique_share(texts: Sequence[Words]) -> float:
    """Return USR.

    >>> unique_share([["a"], ["a"], ["a", "b"], ["c"]])
    0.75
    """
    return len({tuple(text) for text in texts}) / len(texts)


def distinct_share(texts: Sequence[Words], order: int) -> float:
    """Return distinct-n; NaN where no text is that long."""
    counts = _counts(texts, order)
    return len(counts) / counts.total() if counts else float("nan")


def mean_entropy(texts: Sequence[Words], orders: Sequence[int] = ENTROPY_ORDERS) -> float:
    """Return ENTR in nats; 0 where an order has no n-gram or but one."""
    entropies = [_entropy(_counts(texts, order)) for order in orders]
    return float(np.prod(entropies) ** (1 / len(entropies)))


def _counts(texts: Sequence[Words], order: int) -> Counter[tuple[str, ...]]:
    return Counter(gram for text in texts for gram in ngrams(text, order))


def _entropy(counts: Counter[tuple[str, ...]]) -> float:
    shares = np.array(list(counts.values()), dtype=np.float64) / max(counts.total(), 1)
    # A single n-gram has the entropy -0.0 otherwise.
    return abs(float(-(shares * np.log(shares)).sum()))
