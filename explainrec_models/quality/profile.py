"""A profile of a dataset: a page of numbers that a later version can be compared with."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from explainrec_models.data import schema

PROFILE_NAME = "profile.json"
"""File that a profile is written to."""
FORMAT = 1
"""Of the profile; two of different formats cannot be compared."""

QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
CATEGORIES = 20
"""Categories that are counted one by one, the largest."""
OTHER = "other categories"
UNKNOWN = "unknown"
_MOST_RATINGS = 50
"""Different ratings up to which each is counted by itself; of more, whole numbers are."""
_DAY = 86_400_000
_LAST_DAY = 2_900_000
"""About the year 9900: later days are no dates."""

Histogram = dict[str, int]


def profile(interactions: pl.DataFrame, items: pl.DataFrame, *, like_threshold: float | None) -> dict[str, Any]:
    """Count what makes a dataset what it is.

    Args:
        interactions: user_id, item_id, rating, timestamp.
        items: columns ``schema.ITEM_COLUMNS``.
        like_threshold: ratings from here on are likes; None where every row is one.

    Returns:
        Plain JSON, equal for equal tables in any order of rows.
    """
    rows = interactions.lazy()
    by_user, by_item = (_sizes(rows, column) for column in (schema.USER_ID, schema.ITEM_ID))
    is_like = pl.lit(value=True) if like_threshold is None else pl.col(schema.RATING) >= like_threshold
    likes = rows.select(is_like.mean()).collect(engine="streaming").item()
    return {
        "format": FORMAT,
        "rows": interactions.height,
        "users": len(by_user),
        "items": items.height,
        "rated_items": len(by_item),
        "ratings": _ratings(rows),
        "like_share": _rounded(likes),
        "rows_a_month": _months(rows),
        "rows_a_user": _quantiles(by_user),
        "rows_an_item": _quantiles(by_item),
        "title_length": _quantiles(items[schema.TITLE].str.len_chars().drop_nulls()),
        "items_with": {name: _rounded(share) for name, share in _described(items).items()},
        "categories": _categories(items),
    }


def _sizes(rows: pl.LazyFrame, column: str) -> pl.Series:
    return rows.group_by(column).len().collect(engine="streaming")["len"]


def _quantiles(values: pl.Series) -> dict[str, int]:
    """Return values that occur, so that no interpolation decides."""
    if values.is_empty():
        return {}
    ordered = values.sort()
    last = len(ordered) - 1
    return {f"{share:g}": int(ordered[round(share * last)]) for share in QUANTILES}


def _ratings(rows: pl.LazyFrame) -> Histogram:
    rating = pl.col(schema.RATING).fill_nan(None)
    counted = rows.group_by(rating).len().collect(engine="streaming")
    if counted.height > _MOST_RATINGS:
        counted = counted.group_by(pl.col(schema.RATING).round()).agg(pl.col("len").sum())
    ordered = counted.sort(schema.RATING, nulls_last=True).head(_MOST_RATINGS)
    return {UNKNOWN if value is None else f"{value:g}": count for value, count in ordered.iter_rows()}


def _months(rows: pl.LazyFrame) -> Histogram:
    day = pl.col(schema.TIMESTAMP) // _DAY
    is_date = day.is_between(-_LAST_DAY // 4, _LAST_DAY)
    by_day = rows.group_by(pl.when(is_date).then(day).alias("day")).len().collect(engine="streaming")
    month = pl.from_epoch(pl.col("day").cast(pl.Int32), time_unit="d").dt.strftime("%Y-%m").fill_null(UNKNOWN)
    by_month = by_day.group_by(month.alias("month")).agg(pl.col("len").sum()).sort("month")
    return dict(by_month.iter_rows())


def _described(items: pl.DataFrame) -> Mapping[str, float | None]:
    has = {
        "text": pl.col(schema.TEXT).fill_null("") != "",
        "picture": pl.col(schema.IMAGE).is_not_null(),
        "attributes": pl.col(schema.ATTRIBUTES).list.len().fill_null(0) > 0,
    }
    return items.select(**{name: fact.mean() for name, fact in has.items()}).row(0, named=True)


def _categories(items: pl.DataFrame) -> Histogram:
    name = pl.col(schema.CATEGORY).fill_null("").replace("", UNKNOWN)
    counted = items.group_by(name).len().sort("len", schema.CATEGORY, descending=[True, False])
    largest: Histogram = dict(counted.head(CATEGORIES).iter_rows())
    rest = int(counted["len"][CATEGORIES:].sum())
    return {**largest, OTHER: rest} if rest else largest


def _rounded(share: float | None) -> float:
    return round(float(share or 0.0), 6)
