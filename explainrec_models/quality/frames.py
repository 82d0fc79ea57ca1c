"""The tables as suites read them: with a column for each fact of a cut or a second table, lazily; and as pandas."""

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.days import milliseconds
from explainrec_models.data.outputs import require
from explainrec_models.quality.limits import Limits

IN_TRAIN = "in_train"
IN_VALID = "in_valid"
IN_TEST = "in_test"
KNOWN_ITEM = "known_item"
PAIR = [schema.USER_ID, schema.ITEM_ID]


def ratings_table(interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits) -> pl.LazyFrame:
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
        facts += _parts(limits)
    if schema.ITEM_ID in columns and schema.ITEM_ID in items.columns:
        facts.append(is_known(items, interactions.schema[schema.ITEM_ID]))
    return interactions.lazy().with_columns(facts)


def _parts(limits: Limits) -> list[pl.Expr]:
    """Say of each row whether it is in a part, for the parts that the given cuts bound."""
    moment = pl.col(schema.TIMESTAMP).cast(pl.Int64, strict=False)
    valid_cut, test_cut = (milliseconds(day) if day else None for day in (limits.valid_from, limits.test_from))
    facts = {}
    if valid_cut is not None:
        facts[IN_TRAIN] = moment < valid_cut
    if valid_cut is not None and test_cut is not None:
        facts[IN_VALID] = (moment >= valid_cut) & (moment < test_cut)
    if test_cut is not None:
        facts[IN_TEST] = moment >= test_cut
    return [fact.cast(pl.Int64).alias(name) for name, fact in facts.items()]


def items_table(items: pl.DataFrame) -> pl.LazyFrame:
    """Shape raw items for their suite.

    A blank title counts as missing, and so does one that is the item's id: readers fill in the id for want of a title.
    """
    if items.schema.get(schema.TITLE) != pl.String or items.schema.get(schema.ITEM_ID) != pl.String:
        return items.lazy()
    title = pl.col(schema.TITLE)
    is_title = (title.str.strip_chars() != "") & title.ne_missing(pl.col(schema.ITEM_ID))
    return items.lazy().with_columns(pl.when(is_title).then(title).alias(schema.TITLE))


def scan(path: Path, *, made_by: str = "prepare") -> pl.LazyFrame:
    """Open a table lazily, with user and item ids as texts.

    Raises:
        MissingArtefactError: it is not there.
    """
    table = pl.scan_parquet(require(path, made_by=made_by))
    columns = table.collect_schema()
    return table.with_columns(
        pl.col(name).cast(pl.String) for name in PAIR if columns.get(name, pl.String) != pl.String
    )


def is_known(items: pl.DataFrame, dtype: pl.DataType | None = None) -> pl.Expr:
    """Return 1 where the row's item is in ``items``, else 0; ``dtype`` is that of the rows' ids, text if not given."""
    return is_among(schema.ITEM_ID, items[schema.ITEM_ID], dtype).alias(KNOWN_ITEM)


def is_among(column: str, ids: pl.Series, dtype: pl.DataType | None = None) -> pl.Expr:
    """Return 1 where an id is one of ``ids``, 0 where not, missing where it is missing."""
    known = ids.cast(pl.String).drop_nulls().unique()
    # Categorical ids are compared as the numbers that they are; turning texts into numbers costs more than comparing.
    if isinstance(dtype, pl.Categorical):
        return pl.col(column).is_in(known.cast(dtype).implode()).cast(pl.Int64)
    return pl.col(column).cast(pl.String).is_in(known.implode()).cast(pl.Int64)


def kind_of(dtype: pl.DataType) -> str:
    """Return the name of the type that ``to_pandas`` gives a column.

    >>> kind_of(pl.Float32()), kind_of(pl.Categorical()), kind_of(pl.List(pl.String))
    ('Float64', 'string', 'object')
    """
    if dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum):
        return "string"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "Int64"
    return "Float64" if dtype.is_float() else "object"


def to_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Convert column by column to pandas' nullable types, so that a missing value does not change a column's type."""
    return pd.DataFrame({column.name: _to_pandas(column) for column in table})


def _to_pandas(column: pl.Series) -> "pd.Series[Any]":
    missing = column.is_null().to_numpy()
    match kind_of(column.dtype):
        case "string":
            return pd.Series(column.cast(pl.String).to_list(), dtype="string")
        case "boolean":
            return pd.Series(pd.arrays.BooleanArray(column.fill_null(value=False).to_numpy(), missing))
        case "Int64":
            return pd.Series(pd.arrays.IntegerArray(column.cast(pl.Int64).fill_null(0).to_numpy(), missing))
        case "Float64":
            known = column.cast(pl.Float64).fill_nan(None)
            return pd.Series(pd.arrays.FloatingArray(known.fill_null(0).to_numpy(), known.is_null().to_numpy()))
    return pd.Series(column.to_list(), dtype="object")
