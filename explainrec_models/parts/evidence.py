"""Countable evidence for a like: the item's effect, the person's level, and what alike items of the history say.

Every number is a plain count or a weighted sum over the history, so that an item can be taken out exactly by counting
anew. Similarity-weighted sums are item-based neighbourhoods (Sarwar et al., WWW 2001), here over attributes, words,
pictures, taste, audience and all at once; tastes for attributes are the like-rates of content-based filtering. The set
of features is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import ATTRIBUTES, COUNTED, MODALITIES, ItemSpace
from explainrec_models.parts.prototypes import Prototypes

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

LEVEL_ROWS = 5.0
"""Imaginary average rows of the level that other features are deviations from."""
SLOW_ROWS = 40.0
"""Likewise of the level that is a feature: one that follows every answer is higher after dislikes have been used up, so
that within a person it ranks likes below dislikes."""
LATE_HALF, LATE_ROWS = 15.0, 4.0
"""Rows after which an answer counts half in the level of late, and imaginary rows beside it."""
CENTRE_ROWS = 20.0
"""Imaginary average rows of what a like is compared with. Fewer follow the person more, and then a disliked item speaks
for whatever it does not resemble."""
SLOPE_DOUBT = 0.5
POWER, DOUBT = 3, 0.1
"""Power that similarities are raised to, and what is added to their sum."""
TASTE_ROWS = 3.0
"""Imaginary rows that the taste for an attribute starts with, in what its sum is divided by a root of."""

ITEM_FEATURES = ("item_own", "item_content", "item_support")
LEVEL_FEATURES = ("level", "level_late", "history_effect", "quality_slope")
ALIKE_FEATURES = (*(f"alike_{modality}" for modality in MODALITIES), "alike")
FIELDS = 6
"""Fields of attributes, the most frequent first, whose tastes are told apart; those of further ones share the last."""
TASTE_FEATURES = (*(f"field_{place}" for place in range(FIELDS)), "kind")
FEATURES = (*ITEM_FEATURES, *LEVEL_FEATURES, *ALIKE_FEATURES, *TASTE_FEATURES)
EITHER_WAY = ("item_support", "history_effect")
"""Features that may speak for or against an item; the others only for it, or a liked item would speak against what
resembles it."""
_HISTORY_START = len(ITEM_FEATURES)
TINY = 1e-9


@dataclass(frozen=True)
class Past:
    """A history as indices into the catalogue, oldest first. ``H`` rows.

    Attributes:
        items: (H).
        liked: 0 or 1 (H).
    """

    items: NDArray[np.intp]
    liked: NDArray[np.float64]

    def without(self, item: int) -> "Past":
        """Return the past with every row of an item taken out."""
        kept = self.items != item
        return Past(self.items[kept], self.liked[kept])


class EvidenceTable:
    """Features of candidates given a past, for one fit of the item effects."""

    def __init__(self, space: ItemSpace, effects: ItemEffects, prototypes: Prototypes) -> None:
        self._blocks: Mapping[str, Matrix] = space.blocks
        self._described = space.described()
        self._prototypes = prototypes
        self._effects = effects
        unrated = [np.zeros_like(effects.own), effects.content, np.zeros_like(effects.own)]
        self._of_items = {
            True: effects.columns().astype(np.float32),
            False: np.stack(unrated, axis=1).astype(np.float32),
        }
        self._total = effects.total
        self._fields = field_columns(space.vocabulary)

    def features(self, past: Past, candidates: NDArray[np.intp], *, rated: bool = True) -> Matrix:
        """Return (C, features) in the order of ``FEATURES``.

        Args:
            past: the history.
            candidates: (C).
            rated: False counts as if nobody had rated the candidates.
        """
        table = np.zeros((len(candidates), len(FEATURES)), dtype=np.float32)
        table[:, :_HISTORY_START] = self._of_items[rated][candidates]
        if not len(past.items):
            return table
        total = self._total if rated else self._effects.content
        after_levels = _HISTORY_START + len(LEVEL_FEATURES)
        table[:, _HISTORY_START:after_levels] = self._levels(past)
        table[:, after_levels - 1] *= total[candidates]
        # How much more than others the person liked it: unlike a residual, it is positive for every like.
        surprise = past.liked - (past.liked.sum() + CENTRE_ROWS * self._effects.mean) / (len(past.liked) + CENTRE_ROWS)
        after_alike = after_levels + len(ALIKE_FEATURES)
        table[:, after_levels:after_alike] = self._alike(past, candidates, surprise, rated=rated)
        table[:, after_alike:-1] = self._field_tastes(past, candidates, surprise)
        resemblance = self._prototypes.resembling(self._described[past.items], surprise)
        table[:, -1] = self._prototypes.affinity(resemblance, self._described[candidates])
        return table

    def _levels(self, past: Past) -> list[float]:
        """Return what does not depend on the candidate, the slope for it to be multiplied with last."""
        qualities = self._total[past.items]
        residuals = past.liked - self._effects.mean - qualities
        deviations = residuals - residuals.sum() / (len(residuals) + LEVEL_ROWS)
        spread = qualities - qualities.mean()
        slope = (spread * deviations).sum() / ((spread**2).sum() + SLOPE_DOUBT)
        slow = residuals.sum() / (len(residuals) + SLOW_ROWS)
        ages = np.arange(len(residuals))[::-1]
        weights = 0.5 ** (ages / LATE_HALF)
        late = weights @ residuals / (weights.sum() + LATE_ROWS)
        return [slow, late, qualities.mean(), slope]

    def _alike(self, past: Past, candidates: NDArray[np.intp], surprise: Floats, *, rated: bool) -> Floats:
        """Return what alike items of the history say, by modality and by all of them (C, features)."""
        sums = np.zeros((len(candidates), len(past.items)))
        columns = []
        for modality in MODALITIES:
            if modality in COUNTED and not rated:
                columns.append(np.zeros(len(candidates)))
                continue
            block = self._blocks[modality]
            similar = np.maximum(block[candidates] @ block[past.items].T, 0).astype(np.float64)
            sums += similar / len(MODALITIES)
            columns.append(_said(similar, surprise))
        return np.stack([*columns, _said(sums, surprise)], axis=1)

    def _field_tastes(self, past: Past, candidates: NDArray[np.intp], surprise: Floats) -> Floats:
        """Return the mean taste for the attributes of candidates by field, rare ones counting more (C, FIELDS)."""
        block = self._blocks[ATTRIBUTES]
        has = (block[past.items] > 0).astype(np.float64)
        tastes = surprise @ has / np.sqrt(has.sum(axis=0) + TASTE_ROWS)
        weights = block[candidates].astype(np.float64)
        return np.asarray(
            (weights * tastes) @ self._fields / np.maximum(weights @ self._fields, TINY), dtype=np.float64
        )

    def lost(self, past: Past, candidates: NDArray[np.intp], weights: NDArray[np.float64]) -> dict[int, Floats]:
        """Return what a weighted sum of features loses without each item of the history: item to (C), exactly.

        Args:
            past: the history.
            candidates: (C).
            weights: of the features, in the order of ``FEATURES``.
        """
        whole = self.features(past, candidates).astype(np.float64) @ weights
        return {
            item: whole - self.features(past.without(item), candidates).astype(np.float64) @ weights
            for item in dict.fromkeys(past.items.tolist())
        }


def field_columns(vocabulary: Sequence[str]) -> Floats:
    """Return which of the told-apart fields each attribute belongs to, as 0 or 1 (attributes, FIELDS)."""
    fields = [attribute.partition(":")[0] for attribute in vocabulary]
    ranked = sorted(set(fields), key=lambda field: (-fields.count(field), field))
    columns = np.zeros((len(vocabulary), FIELDS))
    for row, field in enumerate(fields):
        columns[row, min(ranked.index(field), FIELDS - 1)] = 1
    return columns


def _said(similar: Floats, surprise: Floats) -> Floats:
    """Return the weighted sum of surprises (C), divided by a root: twice as many alike items say more, not twice."""
    weights = similar**POWER
    return np.asarray(weights @ surprise / np.sqrt(weights.sum(axis=1) + DOUBT), dtype=np.float64)


def newcomer(features: Matrix) -> Matrix:
    """Return the features as they were without a history (C, features)."""
    table = features.copy()
    table[:, _HISTORY_START:] = 0
    return table
