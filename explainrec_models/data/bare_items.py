"""Items that only ratings mention: a row of the item table each, titled with the id."""

from collections import Counter
from collections.abc import Iterable

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA


def mentioned_items(interactions: Iterable[pl.DataFrame], category: str) -> pl.DataFrame:
    """Return item_id and category of the items that rows mention, once each, in the order of first mention.

    Args:
        interactions: frames with a categorical item_id.
        category: of all of them.
    """
    chunks = [frame.select(schema.ITEM_ID) for frame in (RAW_INTERACTION_SCHEMA.to_frame(), *interactions)]
    ids = pl.concat(chunks).get_column(schema.ITEM_ID).unique(maintain_order=True)
    return ids.cast(pl.String).to_frame().with_columns(pl.lit(category).alias(schema.CATEGORY))


def with_bare_items(items: pl.DataFrame, mentioned: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Add a row for each item that only ratings mention.

    Args:
        items: ``ITEM_SCHEMA``.
        mentioned: item_id and category, in the order of first mention.
        counts: where they are counted.
    """
    unknown = mentioned.join(items, on=schema.ITEM_ID, how="anti", maintain_order="left")
    unknown = unknown.filter(pl.col(schema.ITEM_ID).is_first_distinct())
    counts["items_without_metadata"] += unknown.height
    return pl.concat([items, bare_items(unknown)])


def bare_items(mentioned: pl.DataFrame) -> pl.DataFrame:
    """Return ``ITEM_SCHEMA`` of item ids and their categories alone."""
    return mentioned.select(
        schema.ITEM_ID,
        pl.col(schema.ITEM_ID).alias(schema.TITLE),
        pl.lit([], dtype=ITEM_SCHEMA[schema.ATTRIBUTES]).alias(schema.ATTRIBUTES),
        pl.lit("").alias(schema.TEXT),
        pl.lit(None, dtype=pl.String).alias(schema.IMAGE),
        pl.col(schema.CATEGORY).cast(pl.String),
    )
