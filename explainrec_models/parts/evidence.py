"""Countable evidence for a like: the item's effect, the person's level, and what alike items of the history say.

Every number is a plain count or a weighted sum over the history, so that an item can be taken out exactly by counting
anew. Similarity-weighted sums are item-based neighbourhoods (Sarwar et al., WWW 2001), here over attributes, words,
pictures, taste, audience and all at once; tastes for attributes are the like-rates of content-based filtering. The set
of features is ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.history_parts import HistoryParts
from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import ATTRIBUTES, COUNTED, MODALITIES, ItemSpace
from explainrec_models.parts.prototypes import Prototypes

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]

SUPPORT, UNRATED = "item_support", "item_unrated"
ITEM_FEATURES = ("item_own", "item_content", SUPPORT, UNRATED)
LEVEL_FEATURES = ("level", "level_late", "history_effect", "quality_slope")
ALIKE_FEATURES = (*(f"alike_{modality}" for modality in MODALITIES), "alike")
FIELDS = 6
"""Fields of attributes, the most frequent first, whose tastes are told apart; those of further ones share the last."""
TASTE_FEATURES = (*(f"field_{place}" for place in range(FIELDS)), "kind")
FEATURES = (*ITEM_FEATURES, *LEVEL_FEATURES, *ALIKE_FEATURES, *TASTE_FEATURES)
EITHER_WAY = (SUPPORT, UNRATED, "history_effect")
"""Features that may speak for or against an item; the others only for it, or a liked item would speak against what
resembles it."""
_AFTER_ITEM = len(ITEM_FEATURES)
_AFTER_LEVELS = _AFTER_ITEM + len(LEVEL_FEATURES)
_AFTER_ALIKE = _AFTER_LEVELS + len(ALIKE_FEATURES)
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
        # Nobody's rating is no low number of ratings: with a column of its own it does not bend the weight of support.
        nothing, unrated = np.zeros_like(effects.own), effects.support == 0
        self._of_items = {
            True: np.column_stack([effects.columns(), unrated]).astype(np.float32),
            False: np.column_stack([nothing, effects.content, nothing, np.ones_like(nothing)]).astype(np.float32),
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
        table[:, :_AFTER_ITEM] = self._of_items[rated][candidates]
        if not len(past.items):
            return table
        total = self._total if rated else self._effects.content
        whole = HistoryParts(past.liked, np.ones((1, len(past.items))), self._effects.mean)
        table[:, _AFTER_ITEM:_AFTER_LEVELS] = whole.levels(self._total[past.items])
        table[:, _AFTER_LEVELS - 1] *= total[candidates]
        alike = [whole.said(rows)[0] for rows in self._similar(past, candidates, rated=rated)]
        table[:, _AFTER_LEVELS:_AFTER_ALIKE] = np.stack(alike, axis=1)
        block = self._blocks[ATTRIBUTES]
        tastes = whole.tastes(block[past.items] > 0)
        table[:, _AFTER_ALIKE:-1] = (block[candidates] * tastes) @ self._fields / self._field_weights(candidates)
        profile = whole.surprises(self._described[past.items])
        kinds = self._prototypes.resembling(
            profile @ self._prototypes.centres.T, np.linalg.norm(profile, axis=1), whole.count
        )
        table[:, -1] = self._prototypes.affinity(kinds, self._described[candidates])[0]
        return table

    def weighed(
        self, past: Past, candidates: NDArray[np.intp], weights: Floats
    ) -> tuple[Callable[[Masks, Masks], Floats], NDArray[np.intp]]:
        """Return what gives weighted sums of features for parts of the history, and the attributes (S) of its tastes.

        The first takes the rows of each part (B, H) and of which of these attributes its tastes may speak (B, S), and
        returns the sums (B, C) of all parts at once.

        Args:
            past: the history.
            candidates: (C).
            weights: of the features, in the order of ``FEATURES``.
        """
        of_items = self._of_items[True][candidates].astype(np.float64) @ weights[:_AFTER_ITEM]
        of_levels, of_alike = weights[_AFTER_ITEM:_AFTER_LEVELS], weights[_AFTER_LEVELS:_AFTER_ALIKE]
        qualities, described = self._total[past.items], self._described[past.items].astype(np.float64)
        similar = list(self._similar(past, candidates, rated=True))
        by_field = weights[_AFTER_ALIKE:-1] / self._field_weights(candidates)
        of_tastes = self._blocks[ATTRIBUTES][candidates] * (by_field @ self._fields.T)
        spoken = np.flatnonzero(of_tastes.any(axis=0))
        of_tastes = of_tastes[:, spoken].T
        has = self._blocks[ATTRIBUTES][past.items][:, spoken] > 0
        resembled, products = described @ self._prototypes.centres.T, described @ described.T

        def sums(kept: Masks, present: Masks) -> Floats:
            parts = HistoryParts(past.liked, kept.astype(np.float64), self._effects.mean)
            levels = parts.levels(qualities) * of_levels
            found = levels[:, :-1].sum(axis=1, keepdims=True) + levels[:, -1:] * self._total[candidates]
            for weight, rows in zip(of_alike, similar, strict=True):
                found += weight * parts.said(rows)
            found += (parts.tastes(has) * present) @ of_tastes
            kinds = self._prototypes.resembling(parts.surprises(resembled), parts.lengths(products), parts.count)
            found += weights[-1] * self._prototypes.affinity(kinds, self._described[candidates])
            # Nobody is of a kind without a history to tell it by.
            return np.asarray(of_items + found * (parts.count > 0)[:, None], dtype=np.float64)

        return sums, spoken

    def lost(self, past: Past, candidates: NDArray[np.intp], weights: Floats) -> dict[int, Floats]:
        """Return what a weighted sum of features loses without each item of the history: item to (C), exactly.

        Args:
            past: the history.
            candidates: (C).
            weights: of the features, in the order of ``FEATURES``.
        """
        items = list(dict.fromkeys(past.items.tolist()))
        kept = np.vstack([np.ones(len(past.items), dtype=np.bool_), *(past.items != item for item in items)])
        sums, spoken = self.weighed(past, candidates, weights)
        found = sums(kept, np.ones((len(kept), len(spoken)), dtype=np.bool_))
        return dict(zip(items, found[0] - found[1:], strict=True))

    def _similar(self, past: Past, candidates: NDArray[np.intp], *, rated: bool) -> Iterator[Floats]:
        """Yield how alike candidates and items of the history are, by modality and in all (C, H)."""
        whole = np.zeros((len(candidates), len(past.items)))
        for modality in MODALITIES:
            if modality in COUNTED and not rated:
                yield np.zeros_like(whole)
                continue
            block = self._blocks[modality]
            similar = np.maximum(block[candidates] @ block[past.items].T, 0).astype(np.float64)
            whole += similar / len(MODALITIES)
            yield similar
        yield whole

    def _field_weights(self, candidates: NDArray[np.intp]) -> Floats:
        return np.maximum(self._blocks[ATTRIBUTES][candidates].astype(np.float64) @ self._fields, TINY)


def field_columns(vocabulary: Sequence[str]) -> Floats:
    """Return which of the told-apart fields each attribute belongs to, as 0 or 1 (attributes, FIELDS)."""
    fields = [attribute.partition(":")[0] for attribute in vocabulary]
    ranked = sorted(set(fields), key=lambda field: (-fields.count(field), field))
    columns = np.zeros((len(vocabulary), FIELDS))
    for row, field in enumerate(fields):
        columns[row, min(ranked.index(field), FIELDS - 1)] = 1
    return columns


def newcomer(features: Matrix) -> Matrix:
    """Return the features as they were without a history (C, features)."""
    table = features.copy()
    table[:, _AFTER_ITEM:] = 0
    return table
