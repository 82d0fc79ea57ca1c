"""What the invented shop's people truly like: the utilities that their answers were drawn from, as scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from cells import ROOT
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.errors import NothingToLearnError
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.truth import Truth, read_truth
from explainrec_models.parts.padding import padded

FAMILIES = ("theme", "material", "store", "price_band", "look", "popularity")

Floats = NDArray[np.float64]


def ownership(items: Sequence[str], truth: Truth) -> dict[str, Floats]:
    """Return which items have each attribute, as 0 or 1 (I)."""
    place = {item: number for number, item in enumerate(items)}
    owned: dict[str, Floats] = {}
    for item, attribute in truth.items.select(schema.ITEM_ID, c.TRUE_ATTRIBUTE).iter_rows():
        if item in place:
            owned.setdefault(attribute, np.zeros(len(items)))[place[item]] = 1
    return owned


def utility_parts(user: str, owned: Mapping[str, Floats], truth: Truth, *, items: int) -> Floats:
    """Return what each family of attributes adds to a user's utility of each item (I, families)."""
    parts = np.zeros((items, len(FAMILIES)))
    mine = truth.weights.filter(pl.col(schema.USER_ID) == user).select(c.TRUE_ATTRIBUTE, c.WEIGHT)
    for attribute, weight in mine.iter_rows():
        if attribute in owned:
            parts[:, FAMILIES.index(attribute.partition(":")[0])] += weight * owned[attribute]
    return parts


class TrueTastes:
    """Scores every item by its true utility, as no system can: what is left to do better.

    Popularity counts as being a bestseller or not, which is all that the truth says of an item's appeal.
    """

    def __init__(self, truth: Truth, unknown: Sequence[str]) -> None:
        """Read who owns what.

        Args:
            truth: of the shop.
            unknown: families that do not count, as nobody could know them of the items in question.
        """
        self._truth = truth
        self._items = truth.items[schema.ITEM_ID].unique().sort().to_list()
        self._place = {item: place for place, item in enumerate(self._items)}
        self._owned = ownership(self._items, truth)
        self._counts = np.array([family not in unknown for family in FAMILIES], dtype=np.float64)

    @classmethod
    def of(cls, corpus: Corpus, unknown: Sequence[str]) -> "TrueTastes":
        """Return the tastes of the people of a corpus.

        Raises:
            NothingToLearnError: they are not people of the shop.
        """
        truth = read_truth(ROOT / "data/sample/truth")
        if not set(truth.items[schema.ITEM_ID]) & set(corpus.item_ids):
            message = f"nobody knows what the people of {corpus.key} truly like"
            raise NothingToLearnError(message)
        return cls(truth, unknown)

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return utilities (B, C) with NaN behind a user's last candidate."""
        rows = []
        for history, items in zip(histories, candidates, strict=True):
            mine = utility_parts(history.user_id, self._owned, self._truth, items=len(self._items)) @ self._counts
            rows.append([float(mine[self._place[item]]) for item in items])
        return padded(rows)

    def report(self) -> Mapping[str, Any]:
        """Return nothing: nothing was fitted."""
        return {}
