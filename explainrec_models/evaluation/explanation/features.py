"""The feature metrics of NETE and PETER: does a text mention the feature that it should, and do texts differ?

Li et al., "Generate Neural Template Explanations for Recommendation" (NETE, CIKM 2020), as PETER (ACL 2021) computes
them. With F_k the features that text k mentions, f_k the one of the user's review and A all features:

FMR = 1/N Σ [f_k ∈ F_k]; FCR = |those in any F_k| / |A|; DIV = 2 / (N(N - 1)) Σ_{k<l} |F_k ∩ F_l|, lower is better.

DIV in closed form: a feature that c_f texts mention is shared by c_f (c_f - 1) / 2 pairs, so DIV =
Σ_f c_f (c_f - 1) / (N(N - 1)): the same integer as PETER's double loop, in linear time.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from explainrec_models.evaluation.bootstrap import Statistic, Weights, in_chunks
from explainrec_models.evaluation.explanation.evidence import Numbers
from explainrec_models.evaluation.explanation.words import Words


def mentioned(texts: Sequence[Words], features: Collection[str]) -> list[AbstractSet[str]]:
    """Return the features among the words of each text; features of one word, as in PETER."""
    known = frozenset(features)
    return [known.intersection(text) for text in texts]


def matches(found: Sequence[AbstractSet[str]], wanted: Sequence[str]) -> Numbers:
    """Return 1 where a text mentions its feature, else 0 (N,); the mean is FMR."""
    return np.array([feature in named for named, feature in zip(found, wanted, strict=True)], dtype=np.float64)


def coverage(found: Sequence[AbstractSet[str]], features: Collection[str]) -> float:
    """Return FCR."""
    return len(set().union(*found)) / len(set(features))


def diversity(found: Sequence[AbstractSet[str]]) -> float:
    """Return DIV; NaN for a single text.

    >>> diversity([{"plot", "cast"}, {"plot"}, {"cast", "plot"}])
    1.3333333333333333
    """
    counts, texts = Counter(chain.from_iterable(found)), len(found)
    return sum(count * (count - 1) for count in counts.values()) / (texts * (texts - 1)) if texts > 1 else float("nan")


def diversity_statistic(found: Sequence[AbstractSet[str]], users: NDArray[np.intp]) -> Statistic:
    """Return DIV as a function of user multiplicities.

    A text that was drawn twice is no second text: its pair with itself stays out. With w_k the multiplicity of text k's
    user and C_f = Σ_k w_k [f ∈ F_k]: DIV = (Σ_f C_f² - Σ_k w_k² |F_k|) / ((Σ w_k)² - Σ w_k²).

    Args:
        found: features of each text (N).
        users: index of each text's user (N).
    """
    names = {name: place for place, name in enumerate(sorted(set().union(*found)))}
    owners = np.array([users[text] for text, named in enumerate(found) for _ in named], dtype=np.intp)
    features = np.array([names[name] for named in found for name in named], dtype=np.intp)
    sizes = np.array([len(named) for named in found], dtype=np.float64)

    def statistic(weights: Weights) -> Numbers:
        counts = np.zeros((len(weights), len(names)))
        np.add.at(counts.T, features, weights[:, owners].T)
        rows = weights[:, users]
        shared = (counts**2).sum(axis=1) - rows**2 @ sizes
        return np.asarray(shared / (rows.sum(axis=1) ** 2 - (rows**2).sum(axis=1)))

    return in_chunks(statistic)
