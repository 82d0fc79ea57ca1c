"""What every source reads its files into."""

from dataclasses import dataclass, field

import polars as pl

from explainrec_models.data import schema

RAW_INTERACTION_SCHEMA = pl.Schema(
    {
        schema.USER_ID: pl.Categorical(),
        schema.ITEM_ID: pl.Categorical(),
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

FIRST_CLOCK_TIME = 10**10
"""Milliseconds, April 1970: no file of ratings is older, and no sequence is longer."""


@dataclass(frozen=True)
class RawTables:
    """A dataset as its source states it, before any cut in time.

    Attributes:
        interactions: ``RAW_INTERACTION_SCHEMA``, in file order; timestamps are milliseconds. Ids are categorical: four
            bytes a row instead of the text. Published parts stand in one more column, ``schema.SPLIT``.
        items: ``ITEM_SCHEMA``, one row an item.
        dropped: reason to count, of rows left out, repaired or filled in.
        implicit: whether there are no ratings, only events; each then counts as a like.
        scale: lowest and highest rating of the layout.
        candidates: user_id, item_id of published candidate lists, in their order; None where there are none.
    """

    interactions: pl.DataFrame
    items: pl.DataFrame
    dropped: dict[str, int] = field(default_factory=dict)
    implicit: bool = False
    scale: tuple[float, float] = (1, 5)
    candidates: pl.DataFrame | None = None

    @property
    def has_clock(self) -> bool:
        """Whether the times are moments; in layouts without any they are positions in a sequence."""
        latest = self.interactions[schema.TIMESTAMP].max()
        return latest is None or int(latest) >= FIRST_CLOCK_TIME  # type: ignore[arg-type]
