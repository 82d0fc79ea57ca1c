"""Fitting the linear teacher: attributes from metadata, looks and topics; the decay is chosen on validation rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data.corpus import Corpus
from explainrec_models.data.matrix import like_matrix
from explainrec_models.parts.ease import fit_ease
from explainrec_models.parts.linear_teacher import LinearTeacher, fit_attribute_strengths
from explainrec_models.parts.validation import validation_ndcg

MIN_ITEMS = 3
"""An attribute of fewer items says nothing that the items do not."""


@dataclass(frozen=True)
class FittedTeacher:
    """The chosen teacher and every choice that was tried, with its NDCG@10 on validation rows."""

    teacher: LinearTeacher
    tried: tuple[Mapping[str, Any], ...]


def fit_teacher(
    corpus: Corpus,
    extra_attributes: Sequence[Sequence[str | None]],
    *,
    regularisation: float,
    decays: Sequence[float],
) -> FittedTeacher:
    """Fit on training likes.

    Args:
        corpus: training and validation rows.
        extra_attributes: beside the metadata's (looks, topics): lists with one an item, None where it has none.
        regularisation: L2 penalty of EASE and of the attribute regression.
        decays: recency decays to choose from; the earlier one wins a tie.
    """
    likes = like_matrix(corpus.train, corpus.item_ids)
    weights = fit_ease(likes, regularisation=regularisation, centred=True)
    names, membership = attribute_membership(corpus, extra_attributes)
    strengths = fit_attribute_strengths(likes, weights, membership, regularisation=regularisation)
    tried: list[dict[str, Any]] = []
    best: tuple[float, LinearTeacher] | None = None
    for with_attributes in (True, False):
        theta = strengths if with_attributes else np.zeros_like(strengths)
        for decay in decays:
            teacher = LinearTeacher(tuple(corpus.item_ids), names, weights, membership, theta, decay)
            value = round(validation_ndcg(teacher.score_all, corpus), 6)
            tried.append({"decay": decay, "attributes": with_attributes, "valid_ndcg_at_10_score": value})
            # Without attributes is measured for comparison; the labels need them, so only decays compete.
            if with_attributes and (best is None or value > best[0]):
                best = (value, teacher)
    assert best is not None
    return FittedTeacher(best[1], tuple(tried))


def attribute_membership(
    corpus: Corpus, extra_attributes: Sequence[Sequence[str | None]]
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Return the names of the attributes that at least three items share, sorted, and the (I, A) membership."""
    owned = [set(corpus.attributes[item]) for item in corpus.item_ids]
    for attributes in extra_attributes:
        for own, attribute in zip(owned, attributes, strict=True):
            if attribute is not None:
                own.add(attribute)
    counts: dict[str, int] = {}
    for own in owned:
        for attribute in own:
            counts[attribute] = counts.get(attribute, 0) + 1
    names = tuple(sorted(name for name, count in counts.items() if MIN_ITEMS <= count < len(owned)))
    column = {name: place for place, name in enumerate(names)}
    membership = np.zeros((len(owned), len(names)), dtype=np.float32)
    for row, own in enumerate(owned):
        membership[row, [column[name] for name in own if name in column]] = 1.0
    return names, membership
