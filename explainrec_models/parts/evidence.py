"""Countable evidence for a like: the item's effect, the person's level, and what alike items of the history say.

Every number is a plain count or a weighted mean of residuals (a like minus what the item's effect explains), so that an
item of the history can be taken out exactly. Similarity-weighted means of residuals are item-based neighbourhoods
(Sarwar et al., WWW 2001), here over attributes, words, pictures and collaborative taste; the set of features is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import COUNTED, MODALITIES, ItemSpace
from explainrec_models.parts.prototypes import Prototypes

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

LEVEL_ROWS = 5.0
"""Imaginary average rows of the level that other features are deviations from."""
SLOW_ROWS = 40.0
"""Likewise of the level that is a feature: one that follows every answer is higher after dislikes have been used up, so
that within a person it ranks likes below dislikes."""
RECENT, RECENT_ROWS = 50, 4.0
POWERS = ((1, 1.0), (3, 0.3))
"""Power that similarities are raised to, and the weight of doubt beside them."""
SLOPE_DOUBT = 0.5
ALIKE_POWER, ALIKE_DOUBT = 3, 0.1

ITEM_FEATURES = ("item_own", "item_content", "item_support")
LEVEL_FEATURES = ("level", f"level_last_{RECENT}", "history_effect", "quality_slope")
NEIGHBOUR_FEATURES = tuple(f"{modality}_{power}" for modality in MODALITIES for power, _ in POWERS)
TASTE_FEATURES = ("alike", "kind")
"""What alike items say by all modalities at once, and what people of the same kind like."""
FEATURES = (*ITEM_FEATURES, *LEVEL_FEATURES, *NEIGHBOUR_FEATURES, *TASTE_FEATURES)
_HISTORY_START = len(ITEM_FEATURES)


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
        rated = [effects.own, effects.trust * effects.prior, np.log1p(effects.support)]
        unrated = [np.zeros_like(effects.own), effects.content, np.zeros_like(effects.own)]
        self._of_items = {
            True: np.stack(rated, axis=1).astype(np.float32),
            False: np.stack(unrated, axis=1).astype(np.float32),
        }
        self._total = effects.total

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
        residuals = past.liked - self._effects.mean - self._total[past.items]
        level = residuals.sum() / (len(residuals) + LEVEL_ROWS)
        deviations = residuals - level
        after_levels = _HISTORY_START + len(LEVEL_FEATURES)
        total = self._total if rated else self._effects.content
        table[:, _HISTORY_START:after_levels] = self._levels(past, residuals, deviations)
        table[:, after_levels - 1] *= total[candidates]
        table[:, after_levels:-1] = self._neighbours(past, candidates, deviations, rated=rated)
        resemblance = self._prototypes.resembling(self._described[past.items], deviations)
        table[:, -1] = self._prototypes.affinity(resemblance, self._described[candidates])
        return table

    def _levels(self, past: Past, residuals: Floats, deviations: Floats) -> list[float]:
        """Return what does not depend on the candidate, the slope for it to be multiplied with last."""
        qualities = self._total[past.items]
        spread = qualities - qualities.mean()
        slope = (spread * deviations).sum() / ((spread**2).sum() + SLOPE_DOUBT)
        slow = residuals.sum() / (len(residuals) + SLOW_ROWS)
        late = residuals[-RECENT:]
        return [slow, late.sum() / (len(late) + RECENT_ROWS), qualities.mean(), slope]

    def _neighbours(self, past: Past, candidates: NDArray[np.intp], deviations: Floats, *, rated: bool) -> Floats:
        """Return what alike items of the history say, by modality and by all of them (C, features)."""
        alike = np.zeros((len(candidates), len(past.items)))
        columns = []
        for modality in MODALITIES:
            if modality in COUNTED and not rated:
                columns += [np.zeros(len(candidates))] * len(POWERS)
                continue
            block = self._blocks[modality]
            similar = np.maximum(block[candidates] @ block[past.items].T, 0).astype(np.float64)
            alike += similar / len(MODALITIES)
            for power, doubt in POWERS:
                weights = similar**power
                columns.append(weights @ deviations / (weights.sum(axis=1) + doubt))
        weights = alike**ALIKE_POWER
        # Divided by a root: twice as many alike items say more, though not twice as much.
        columns.append(weights @ deviations / np.sqrt(weights.sum(axis=1) + ALIKE_DOUBT))
        return np.stack(columns, axis=1)

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


def newcomer(features: Matrix) -> Matrix:
    """Return the features as they were without a history (C, features)."""
    table = features.copy()
    table[:, _HISTORY_START:] = 0
    return table
