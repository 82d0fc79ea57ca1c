"""The tables as Great Expectations reads them: pandas, with a column for each fact of a cut or a second table."""

from typing import Any

import pandas as pd
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.splits import milliseconds
from explainrec_models.quality.limits import Limits

IN_TRAIN = "in_train"
IN_VALID = "in_valid"
IN_TEST = "in_test"
KNOWN_ITEM = "known_item"


def ratings_frame(interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits) -> pd.DataFrame:
    """Shape raw ratings for their suite.

    A fact whose column is missing is left out: its expectation then fails on the missing column.
    """
    columns = set(interactions.columns)
    facts: list[pl.Expr] = []
    if schema.RATING in columns:
        rating = pl.col(schema.RATING)
        facts.append(
            (rating.cast(pl.Float64, strict=False) >= limits.like_threshold).cast(pl.Int64).alias(schema.LIKED)
        )
        if interactions.schema[schema.RATING].is_integer():
            facts.append(rating.cast(pl.Float64))
    if schema.TIMESTAMP in columns:
        moment = pl.col(schema.TIMESTAMP).cast(pl.Int64, strict=False)
        valid_cut, test_cut = milliseconds(limits.valid_from), milliseconds(limits.test_from)
        facts += [
            (moment < valid_cut).cast(pl.Int64).alias(IN_TRAIN),
            ((moment >= valid_cut) & (moment < test_cut)).cast(pl.Int64).alias(IN_VALID),
            (moment >= test_cut).cast(pl.Int64).alias(IN_TEST),
        ]
    if schema.ITEM_ID in columns and schema.ITEM_ID in items.columns:
        facts.append(is_known(items))
    return to_pandas(interactions.with_columns(facts))


def items_frame(items: pl.DataFrame) -> pd.DataFrame:
    """Shape raw items for their suite.

    A blank title counts as missing, and so does one that is the item's id: readers fill in the id for want of a title.
    """
    if items.schema.get(schema.TITLE) != pl.String or items.schema.get(schema.ITEM_ID) != pl.String:
        return to_pandas(items)
    title = pl.col(schema.TITLE)
    is_title = (title.str.strip_chars() != "") & title.ne_missing(pl.col(schema.ITEM_ID))
    return to_pandas(items.with_columns(pl.when(is_title).then(title).alias(schema.TITLE)))


def is_known(items: pl.DataFrame) -> pl.Expr:
    """Return 1 where the row's item is in ``items``, else 0."""
    ids = items[schema.ITEM_ID].unique().cast(pl.String).implode()
    return pl.col(schema.ITEM_ID).cast(pl.String).is_in(ids).cast(pl.Int64).alias(KNOWN_ITEM)


def to_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Convert column by column to pandas' nullable types, so that a missing value does not change a column's type."""
    return pd.DataFrame({column.name: _to_pandas(column) for column in table})


def _to_pandas(column: pl.Series) -> "pd.Series[Any]":
    missing = column.is_null().to_numpy()
    if column.dtype == pl.String:
        return pd.Series(column.to_list(), dtype="string")
    if column.dtype == pl.Boolean:
        return pd.Series(pd.arrays.BooleanArray(column.fill_null(value=False).to_numpy(), missing))
    if column.dtype.is_integer():
        return pd.Series(pd.arrays.IntegerArray(column.cast(pl.Int64).fill_null(0).to_numpy(), missing))
    if column.dtype.is_float():
        known = column.cast(pl.Float64).fill_nan(None)
        return pd.Series(pd.arrays.FloatingArray(known.fill_null(0).to_numpy(), known.is_null().to_numpy()))
    return pd.Series(column.to_list(), dtype="object")
