"""From columns of text to ``ITEM_SCHEMA``: ids once each, no title empty, attributes without repeats."""

from collections import Counter

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.amazon_items import plain_words
from explainrec_models.data.raw_tables import ITEM_SCHEMA

_NOT_PLAIN = r"[<&]|\s\s|[^\S ]|\p{C}"


def item_rows(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Return ``ITEM_SCHEMA`` in file order; of several rows of one item the first.

    Args:
        rows: item_id, and what there is of title, text and category as text, and attributes as lists of it.
        counts: where rows that are left out, titles that are filled in and texts with markup are counted.
    """
    identified = rows.filter(pl.col(schema.ITEM_ID).is_not_null())
    counts["items_without_id"] += rows.height - identified.height
    items = identified.unique(schema.ITEM_ID, keep="first", maintain_order=True)
    counts["repeated_items"] += identified.height - items.height
    items = items.with_columns(
        _plain(items[name], counts) if name in items.columns else pl.lit("").alias(name)
        for name in (schema.TITLE, schema.TEXT, schema.CATEGORY)
    )
    untitled = pl.col(schema.TITLE) == ""
    counts["items_without_title"] += items.filter(untitled).height
    if schema.ATTRIBUTES not in items.columns:
        items = items.with_columns(pl.lit([], dtype=ITEM_SCHEMA[schema.ATTRIBUTES]).alias(schema.ATTRIBUTES))
    return items.with_columns(
        pl.when(untitled).then(schema.ITEM_ID).otherwise(schema.TITLE).alias(schema.TITLE),
        pl.col(schema.ATTRIBUTES).list.unique(maintain_order=True),
        pl.lit(None, dtype=pl.String).alias(schema.IMAGE),
    ).match_to_schema(ITEM_SCHEMA)


def _plain(texts: pl.Series, counts: Counter[str]) -> pl.Series:
    """Return texts without markup and runs of blanks, and count those that had some."""
    bare = texts.fill_null("").str.strip_chars()
    rows = bare.str.contains(_NOT_PLAIN).arg_true()
    plain = bare.clone().scatter(rows, [plain_words(text) for text in bare.gather(rows)])
    counts[f"items_with_markup_in_{texts.name}"] += int((plain != bare).sum())
    return plain


def named_values(values: pl.Expr, field: str) -> pl.Expr:
    """Return lists of text as ``field:value``, without blanks around the values and without empty ones."""
    bare = pl.element().str.strip_chars()
    kept = values.fill_null([]).list.eval(bare.filter(bare != ""))
    return kept.list.eval(pl.lit(f"{field}:") + pl.element())
