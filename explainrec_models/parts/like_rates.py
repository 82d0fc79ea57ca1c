"""How often each item is liked, smoothed towards its attributes, so that an item without rows has a rate too.

An item's rate leans towards the mean rate of its attributes, those towards the overall rate: "empirical Bayes" as in
every click-rate model; the weights are ours. ``content_a = (likes_a + s m) / (rows_a + s)`` with ``m`` the overall
like-rate, ``content_i`` the mean over the item's attributes, ``rate_i = (likes_i + s content_i) / (rows_i + s)``.

Shapes: ``I`` items, ``A`` attributes, ``P`` (item, attribute) pairs, ``C`` items asked about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class ItemAttributes:
    """The attributes of each item; the last of the I + 1 places stands for every item that is not known.

    Attributes:
        position: place of each known item.
        names: the attributes (A).
        starts: where each item's pairs start (I + 2); the last is P.
        places: place in ``names`` of each pair (P), item by item.
    """

    position: Mapping[str, int]
    names: tuple[str, ...]
    starts: Places
    places: Places

    @classmethod
    def of(cls, attributes: Mapping[str, Sequence[str]]) -> Self:
        """Number items and attributes in the order in which they come."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(chain(*attributes.values())))}
        lengths = [*(len(values) for values in attributes.values()), 0]
        places = [numbers[name] for values in attributes.values() for name in values]
        return cls(
            {item: place for place, item in enumerate(attributes)},
            tuple(numbers),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array(places, dtype=np.int64),
        )

    def items(self, item_ids: Iterable[str]) -> Places:
        """Return the place of each item (C)."""
        unknown = len(self.position)
        return np.array([self.position.get(item, unknown) for item in item_ids], dtype=np.int64)

    def pairs(self, items: Places) -> tuple[Places, Places]:
        """Return the attributes of these items (C), end to end, and for each of them which of the C it belongs to."""
        lengths = self.starts[items + 1] - self.starts[items]
        owners = np.repeat(np.arange(len(items)), lengths)
        before = np.cumsum(lengths) - lengths
        return self.places[self.starts[items][owners] + np.arange(len(owners)) - before[owners]], owners


@dataclass(frozen=True)
class LikeCounts:
    """Likes and rows of each item (I + 1); the last is always 0."""

    likes: Numbers
    rows: Numbers

    @classmethod
    def of(cls, attributes: ItemAttributes, items: Places, liked: Numbers) -> Self:
        """Count rows given as the place of their item and their label; rows of unknown items are left out."""
        size = len(attributes.position) + 1
        known = items < size - 1
        return cls(
            np.bincount(items[known], liked[known], minlength=size).astype(np.float64),
            np.bincount(items[known], minlength=size).astype(np.float64),
        )

    def without(self, other: "LikeCounts") -> "LikeCounts":
        """Return the counts without those of some of their rows."""
        return LikeCounts(self.likes - other.likes, self.rows - other.rows)


@dataclass(frozen=True)
class LikeRates:
    """Smoothed rates of each item.

    Attributes:
        overall: like-rate of all rows.
        content: mean rate of the item's attributes (I + 1), ``overall`` where it has none.
        rate: of the item's own rows, leaning towards ``content`` (I + 1).
        rows: number of the item's rows (I + 1).
    """

    overall: float
    content: Numbers
    rate: Numbers
    rows: Numbers

    @classmethod
    def of(cls, attributes: ItemAttributes, counts: LikeCounts, smoothing: float) -> Self:
        """Compute the rates; without any row, the overall rate is one half."""
        overall = float((counts.likes.sum() + 1) / (counts.rows.sum() + 2))
        items = np.arange(len(counts.rows))
        pairs, owners = attributes.pairs(items)
        sizes = len(attributes.names)
        likes = np.bincount(pairs, counts.likes[owners], minlength=sizes)
        rows = np.bincount(pairs, counts.rows[owners], minlength=sizes)
        of_attributes = (likes + smoothing * overall) / (rows + smoothing)
        content = mean_by_owner(of_attributes[pairs], owners, len(items), otherwise=overall)
        rate = (counts.likes + smoothing * content) / (counts.rows + smoothing)
        return cls(overall, content, rate, counts.rows)


def mean_by_owner(values: Numbers, owners: Places, count: int, *, otherwise: float) -> Numbers:
    """Return the mean of each owner's values (``count``), ``otherwise`` where it has none."""
    sizes = np.bincount(owners, minlength=count)
    sums = np.bincount(owners, values, minlength=count)
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), otherwise)
