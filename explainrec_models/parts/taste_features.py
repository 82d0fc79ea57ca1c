"""What counting says of a user and an item: features of (history, item) that never hold the label to be predicted.

Three groups: the item's (its like-rate, the rate of its attributes, its rows), the user's (the like-rate, and by how
much the user likes items more often than others do), and the user's for the item's attributes, as a difference from
the user's own rate, so that "likes everything" and "likes comedies" stay apart. Counting such rates is old practice
of click prediction (He et al., "Practical Lessons from Predicting Clicks on Ads at Facebook", ADKDD 2014); which ones
is ours. The largest and the smallest rate of the attributes were tried too and won nothing on CoLLM's validation rows.

For a training row, the item's counts come from other users' rows and the history holds strictly earlier rows.

Shapes: ``C`` items, ``F`` features, ``H`` history rows, ``N`` rows.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.like_rates import (
    ItemAttributes,
    LikeCounts,
    LikeRates,
    Numbers,
    Places,
    mean_by_owner,
)

ITEM_FEATURES = ("item_rate", "item_rows", "item_content_rate")
USER_FEATURES = ("user_rate", "user_rows", "user_leniency")
TASTE_FEATURES = ("taste_weighted", "taste_mean", "taste_rows")
FEATURES = (*ITEM_FEATURES, *USER_FEATURES, *TASTE_FEATURES)
RISING = ("item_rate", "item_content_rate", "user_rate", "user_leniency", "taste_weighted", "taste_mean")
"""Features of which more can only speak for a like."""


@dataclass(frozen=True)
class Scale:
    """What rates are counted from and how much they are smoothed."""

    attributes: ItemAttributes
    rates: LikeRates
    smoothing: float


class Taste:
    """Counts of one user's rows so far."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._likes = np.zeros(len(scale.attributes.names))
        self._rows = np.zeros(len(scale.attributes.names))
        self._liked, self._count, self._above = 0.0, 0, 0.0

    @classmethod
    def of(cls, scale: Scale, history: History) -> "Taste":
        """Read a whole history."""
        taste = cls(scale)
        taste.read(scale.attributes.items(history.item_ids), np.array(history.liked, dtype=np.float64))
        return taste

    def read(self, items: Places, liked: Numbers) -> None:
        """Add rows, given as the place of their item and their label (H)."""
        pairs, owners = self._scale.attributes.pairs(items)
        np.add.at(self._likes, pairs, liked[owners])
        np.add.at(self._rows, pairs, 1.0)
        self._liked += float(liked.sum())
        self._above += float((liked - self._scale.rates.rate[items]).sum())
        self._count += len(items)

    @property
    def rate(self) -> float:
        """The user's smoothed like-rate."""
        smoothing = self._scale.smoothing
        return (self._liked + smoothing * self._scale.rates.overall) / (self._count + smoothing)

    def differences(self, pairs: Places) -> Numbers:
        """Return by how much the user's rate of each attribute is above the user's rate, smoothed towards 0."""
        return (self._likes[pairs] - self._rows[pairs] * self.rate) / (self._rows[pairs] + self._scale.smoothing)

    def features(self, items: Places) -> Numbers:
        """Return the features of these items (C, F); without an attribute, the last three are 0."""
        rates, smoothing, count = self._scale.rates, self._scale.smoothing, len(items)
        pairs, owners = self._scale.attributes.pairs(items)
        rows = np.bincount(owners, self._rows[pairs], minlength=count)
        above = np.bincount(owners, self._likes[pairs], minlength=count) - rows * self.rate
        columns = (
            rates.rate[items],
            np.log1p(rates.rows[items]),
            rates.content[items],
            np.full(count, self.rate),
            np.full(count, np.log1p(self._count)),
            np.full(count, self._above / (self._count + smoothing)),
            above / (rows + smoothing),
            mean_by_owner(self.differences(pairs), owners, count, otherwise=0.0),
            np.log1p(rows),
        )
        return np.stack(columns, axis=1)


def features_in_time(rows: pl.DataFrame, wanted: NDArray[np.bool_], scale: Scale) -> Numbers:
    """Return the features of the wanted rows, each behind the strictly earlier rows of its user.

    Args:
        rows: any order (N); all of them stand in histories.
        wanted: which rows to describe (N).
        scale: rates that these users' labels are no part of, where they are to be learnt from.

    Returns:
        (number of wanted rows, F), in their order.
    """
    table = rows.select(schema.USER_ID, schema.ITEM_ID, schema.LIKED, schema.TIMESTAMP).with_row_index("row")
    ordered = table.sort(schema.USER_ID, schema.TIMESTAMP, maintain_order=True)
    places = ordered["row"].to_numpy()
    items = scale.attributes.items(ordered[schema.ITEM_ID])
    liked = ordered[schema.LIKED].to_numpy().astype(np.float64)
    visits = ordered.select(pl.struct(schema.USER_ID, schema.TIMESTAMP).rle_id()).to_series().to_numpy()
    users = ordered[schema.USER_ID].rle_id().to_numpy()
    features = np.zeros((rows.height, len(FEATURES)))
    taste = Taste(scale)
    for rows_of in np.split(np.arange(len(visits)), np.flatnonzero(np.diff(visits)) + 1) if len(visits) else []:
        first = rows_of[0]
        if first and users[first] != users[first - 1]:
            taste = Taste(scale)
        asked = rows_of[wanted[places[rows_of]]]
        if len(asked):
            features[places[asked]] = taste.features(items[asked])
        taste.read(items[rows_of], liked[rows_of])
    return features[wanted]


def training_features(
    rows: pl.DataFrame,
    wanted: NDArray[np.bool_],
    attributes: ItemAttributes,
    *,
    folds: int,
    smoothing: float,
    seed: int,
) -> Numbers:
    """Return the features of the wanted rows, the item's counts taken from the users of the other folds.

    Args:
        rows: training rows (N); all of them are counted and stand in histories.
        wanted: which rows to describe (N).
        attributes: of the items.
        folds: parts that users are dealt into; with one user only, the item's counts are empty.
        smoothing: imaginary rows of every rate.
        seed: of the deal.

    Returns:
        (number of wanted rows, F), in their order.
    """
    users = rows[schema.USER_ID].unique().sort()
    dealt = np.random.default_rng(seed).permutation(len(users)) % max(2, min(folds, len(users)))
    fold = rows[schema.USER_ID].replace_strict(users, dealt, return_dtype=pl.Int64).to_numpy()
    items, liked = attributes.items(rows[schema.ITEM_ID]), rows[schema.LIKED].to_numpy().astype(np.float64)
    everything = LikeCounts.of(attributes, items, liked)
    features = np.zeros((rows.height, len(FEATURES)))
    for number in np.unique(fold):
        mine = fold == number
        counts = everything.without(LikeCounts.of(attributes, items[mine], liked[mine]))
        scale = Scale(attributes, LikeRates.of(attributes, counts, smoothing), smoothing)
        features[mine & wanted] = features_in_time(rows.filter(pl.Series(mine)), wanted[mine], scale)
    return features[wanted]
