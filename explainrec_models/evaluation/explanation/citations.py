"""Does a text cite what exists? And does it name the features that it should?

Citation precision is the ungrounded side of hallucination: a cited item must be in the history that the model read, a
cited attribute must be one that the explained item has. Feature precision, recall and F1 are the user-oriented
measures of CountER (Tan et al., CIKM 2021): what an explanation names against what the user's own review
praises, P = |F ∩ F*| / |F|, R = |F ∩ F*| / |F*|.
"""

from collections.abc import Collection
from typing import NamedTuple


class FeatureScores(NamedTuple):
    """Precision, recall and F1 of one explanation's features; NaN where a denominator is empty."""

    precision: float
    recall: float
    f1: float


def citation_precision(cited: Collection[str], existing: Collection[str]) -> float:
    """Return the share of the distinct citations that exist; NaN where nothing is cited.

    Args:
        cited: items, or attributes, that the text names.
        existing: items of the history, or attributes of the explained item.
    """
    distinct = set(cited)
    return len(distinct & set(existing)) / len(distinct) if distinct else float("nan")


def feature_scores(named: Collection[str], wanted: Collection[str]) -> FeatureScores:
    """Compare the features that an explanation names with those that were wanted.

    >>> feature_scores(["plot", "cast"], ["plot"])
    FeatureScores(precision=0.5, recall=1.0, f1=0.6666666666666666)
    """
    first, second = set(named), set(wanted)
    f1 = 2 * len(first & second) / (len(first) + len(second)) if first or second else float("nan")
    return FeatureScores(citation_precision(first, second), citation_precision(second, first), f1)
