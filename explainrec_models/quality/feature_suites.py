"""Suites of the feature tables: one finite vector an item, placeholders where there was nothing to encode."""

from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.features import FEATURES_FILE
from explainrec_models.data.outputs import require
from explainrec_models.quality.limits import OutputLimits
from explainrec_models.quality.rules import (
    NUMBERS,
    WARNING,
    Rule,
    at_most,
    flagged,
    has_columns,
    listed_once,
    never_missing,
)
from explainrec_models.quality.run import Layer
from explainrec_models.quality.vectors import FINITE, TWIN, WIDTH, ZEROS, vector_facts

IMAGE_FEATURES = "image_features"
TEXT_FEATURES = "text_features"
COLUMNS = (schema.ITEM_ID, schema.PRESENT, schema.EMBEDDING)

LISTED = "is_item"
ENCODED = "has_row"
WIDTH_FITS = "width_fits"
PLACEHOLDER_FITS = "placeholder_fits"
PICTURED = "has_picture"
READ = "picture_was_read"


def feature_layer(layer: str, folder: Path, items: pl.DataFrame, limits: OutputLimits) -> Layer:
    """Return the suite of one kind of features.

    Args:
        layer: ``image_features`` or ``text_features``, which is the stage as well.
        folder: that the stage wrote.
        items: columns ``schema.ITEM_COLUMNS``.
        limits: thresholds.

    Raises:
        MissingArtefactError: the stage has not run.
    """
    path = require(folder / FEATURES_FILE, made_by=layer)
    columns = pl.scan_parquet(path).collect_schema()
    if not set(COLUMNS) <= set(columns):
        return Layer(layer, pl.scan_parquet(path), [has_columns(layer, COLUMNS)])
    table = _with_items(vector_facts(path), items)
    rules = [
        *never_missing(layer, [schema.ITEM_ID]),
        listed_once(layer, [schema.ITEM_ID], name="items are encoded once", expected="no item id twice"),
        flagged(layer, "every item has a row", ENCODED, expected="a row for each item of the item table"),
        flagged(layer, "rows are of items", LISTED, expected="no row with an item that is not in the item table"),
        flagged(layer, "vectors have one width", WIDTH_FITS, expected="a vector as wide as the first in every row"),
        flagged(layer, "vectors are finite", FINITE, expected=NUMBERS),
        flagged(
            layer,
            "placeholders are zeros",
            PLACEHOLDER_FITS,
            expected="zeros where there was nothing to encode and nowhere else",
        ),
        *(_pictures(layer, limits) if layer == IMAGE_FEATURES else _words(layer, limits)),
        _told_apart(layer, limits),
    ]
    return Layer(layer, table, rules)


def _with_items(facts: pl.DataFrame, items: pl.DataFrame) -> pl.LazyFrame:
    """Return a row for each item that is in the item table, in the feature table, or in both, with facts as 0 or 1."""
    has_picture = pl.col(schema.IMAGE).is_not_null()
    # A dataset without any picture has none to miss.
    pictured = pl.when(has_picture.any()).then(has_picture).alias(PICTURED)
    listed = items.lazy().select(schema.ITEM_ID, pl.lit(1, pl.Int64).alias(LISTED), pictured)
    whole = facts.lazy().with_columns(
        pl.lit(1, pl.Int64).alias(ENCODED),
        pl.col(FINITE).fill_null(0),
        (pl.col(WIDTH) == pl.col(WIDTH).drop_nulls().first()).fill_null(value=False).alias(WIDTH_FITS),
        (pl.col(schema.PRESENT) == (pl.col(ZEROS) == 0)).fill_null(value=False).alias(PLACEHOLDER_FITS),
    )
    joined = listed.join(whole, on=schema.ITEM_ID, how="full", coalesce=True, maintain_order="left_right")
    flags = [PICTURED, READ, WIDTH_FITS, PLACEHOLDER_FITS, schema.PRESENT]
    return joined.with_columns(
        pl.col(LISTED, ENCODED).fill_null(0), pl.when(PICTURED).then(schema.PRESENT).alias(READ)
    ).with_columns(pl.col(flags).cast(pl.Int64))


def _pictures(layer: str, limits: OutputLimits) -> list[Rule]:
    return [
        flagged(
            layer,
            "items have a picture",
            PICTURED,
            expected=f"{at_most(limits.max_missing_picture_share)} without one, if any has one",
            severity=WARNING,
            share=limits.max_missing_picture_share,
        ),
        flagged(
            layer,
            "pictures can be read",
            READ,
            expected=f"{at_most(limits.max_unreadable_picture_share)} with a picture that cannot",
            severity=WARNING,
            share=limits.max_unreadable_picture_share,
        ),
    ]


def _words(layer: str, limits: OutputLimits) -> list[Rule]:
    return [
        flagged(
            layer,
            "items have words",
            schema.PRESENT,
            expected=f"{at_most(limits.max_missing_words_share)} without any",
            severity=WARNING,
            share=limits.max_missing_words_share,
        )
    ]


def _told_apart(layer: str, limits: OutputLimits) -> Rule:
    return listed_once(
        layer,
        [TWIN],
        name="vectors tell items apart",
        expected=f"{at_most(limits.max_repeated_vector_share)} with nearly the vector of another",
        severity=WARNING,
        share=limits.max_repeated_vector_share,
    )
