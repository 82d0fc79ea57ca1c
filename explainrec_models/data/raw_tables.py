"""What every source reads its files into."""

from dataclasses import dataclass, field

import polars as pl

from explainrec_models.data import schema

RAW_INTERACTION_SCHEMA = pl.Schema(
    {
        schema.USER_ID: pl.String(),
        schema.ITEM_ID: pl.String(),
        schema.RATING: pl.Float32(),
        schema.TIMESTAMP: pl.Int64(),
    }
)
ITEM_SCHEMA = pl.Schema(
    {
        schema.ITEM_ID: pl.String(),
        schema.TITLE: pl.String(),
        schema.ATTRIBUTES: pl.List(pl.String()),
        schema.TEXT: pl.String(),
        schema.IMAGE: pl.String(),
        schema.CATEGORY: pl.String(),
    }
)


@dataclass(frozen=True)
class RawTables:
    """A dataset as its source states it, before any cut in time.

    Attributes:
        interactions: ``RAW_INTERACTION_SCHEMA``, in file order; timestamps are milliseconds.
        items: ``ITEM_SCHEMA``, one row an item.
        dropped: reason to count, of rows left out or filled in.
    """

    interactions: pl.DataFrame
    items: pl.DataFrame
    dropped: dict[str, int] = field(default_factory=dict)
