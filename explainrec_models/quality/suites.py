"""Suites of the raw layers: what ratings and items must be before anything is computed from them."""

from explainrec_models.data import schema
from explainrec_models.data.days import milliseconds
from explainrec_models.quality.frames import IN_TEST, IN_TRAIN, IN_VALID, KNOWN_ITEM
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.rules import (
    CRITICAL,
    WARNING,
    Rule,
    at_most,
    flagged,
    has_columns,
    has_types,
    listed_once,
    never_missing,
)

RAW_RATINGS = "raw_ratings"
RAW_ITEMS = "raw_items"

RATING_COLUMNS = (schema.USER_ID, schema.ITEM_ID, schema.RATING, schema.TIMESTAMP)
HTML = r"<[A-Za-z/][^<>]*>|&(?:[A-Za-z]+|#[0-9]+);"
"""A tag or an entity."""


def raw_ratings(limits: Limits) -> list[Rule]:
    """Return the suite of the ratings, as ``frames.ratings_table`` shapes them."""
    types = {schema.USER_ID: "string", schema.ITEM_ID: "string", schema.RATING: "Float64", schema.TIMESTAMP: "Int64"}
    # An event has no rating; what stands in its place means nothing.
    filled = [column for column in RATING_COLUMNS if not (limits.implicit and column == schema.RATING)]
    return [
        has_columns(RAW_RATINGS, RATING_COLUMNS),
        *has_types(RAW_RATINGS, types),
        *never_missing(RAW_RATINGS, filled),
        *([] if limits.implicit else _ratings(limits)),
        *_values(limits),
        *_parts(limits),
        listed_once(
            RAW_RATINGS,
            [schema.USER_ID, schema.ITEM_ID],
            name="user and item pairs are rated once",
            expected=f"{at_most(limits.max_duplicate_share)} with a pair that occurs again",
            severity=WARNING,
            share=limits.max_duplicate_share,
        ),
        flagged(
            RAW_RATINGS,
            "rated items are in the item table",
            KNOWN_ITEM,
            expected=f"{at_most(limits.max_unknown_item_share)} with an item that is not",
            severity=WARNING,
            share=limits.max_unknown_item_share,
        ),
    ]


def _ratings(limits: Limits) -> list[Rule]:
    return [
        Rule(
            name="ratings lie on the scale of the layout",
            layer=RAW_RATINGS,
            severity=CRITICAL,
            expected=f"{limits.lowest_rating:g} to {limits.highest_rating:g}",
            expectation="ExpectColumnValuesToBeBetween",
            arguments={
                "column": schema.RATING,
                "min_value": limits.lowest_rating,
                "max_value": limits.highest_rating,
            },
        ),
        Rule(
            name="there are likes and dislikes",
            layer=RAW_RATINGS,
            severity=CRITICAL,
            expected=f"a share of ratings from {limits.like_threshold:g} on strictly between 0 and 1",
            expectation="ExpectColumnMeanToBeBetween",
            arguments={
                "column": schema.LIKED,
                "min_value": 0,
                "max_value": 1,
                "strict_min": True,
                "strict_max": True,
            },
        ),
    ]


def _values(limits: Limits) -> list[Rule]:
    moments = [
        Rule(
            name="timestamps are plausible",
            layer=RAW_RATINGS,
            severity=CRITICAL,
            expected=f"milliseconds from {limits.earliest} to before {limits.latest}",
            expectation="ExpectColumnValuesToBeBetween",
            arguments={
                "column": schema.TIMESTAMP,
                "min_value": milliseconds(limits.earliest),
                "max_value": milliseconds(limits.latest),
                "strict_max": True,
            },
            moments=True,
        ),
    ]
    return [
        *(moments if limits.has_clock else []),
        Rule(
            name="there are enough ratings",
            layer=RAW_RATINGS,
            severity=CRITICAL,
            expected=f"at least {limits.min_interactions} rows",
            expectation="ExpectTableRowCountToBeBetween",
            arguments={"min_value": limits.min_interactions},
        ),
    ]


def _parts(limits: Limits) -> list[Rule]:
    """Return the rules about the parts that the given cuts bound; ``prepare`` refuses any split with an empty part."""
    spans = {}
    if limits.valid_from:
        spans[IN_TRAIN] = ("training", f"before {limits.valid_from}")
    if limits.valid_from and limits.test_from:
        spans[IN_VALID] = ("validation", f"from {limits.valid_from} to before {limits.test_from}")
    if limits.test_from:
        spans[IN_TEST] = ("test", f"from {limits.test_from} on")
    return [
        Rule(
            name=f"the {part} part has rows",
            layer=RAW_RATINGS,
            severity=CRITICAL,
            expected=f"at least 1 row {span}",
            expectation="ExpectColumnSumToBeBetween",
            arguments={"column": column, "min_value": 1},
        )
        for column, (part, span) in spans.items()
    ]


def raw_items(limits: Limits) -> list[Rule]:
    """Return the suite of the item table, as ``frames.items_table`` shapes it."""
    types = dict.fromkeys(schema.ITEM_COLUMNS, "string") | {schema.ATTRIBUTES: "object"}
    return [
        has_columns(RAW_ITEMS, schema.ITEM_COLUMNS),
        *has_types(RAW_ITEMS, types),
        *never_missing(RAW_ITEMS, [schema.ITEM_ID]),
        listed_once(RAW_ITEMS, [schema.ITEM_ID], name="items are listed once", expected="no item id twice"),
        Rule(
            name="there are enough items",
            layer=RAW_ITEMS,
            severity=CRITICAL,
            expected=f"at least {limits.min_items} rows",
            expectation="ExpectTableRowCountToBeBetween",
            arguments={"min_value": limits.min_items},
        ),
        *_titles(limits),
    ]


def _titles(limits: Limits) -> list[Rule]:
    return [
        Rule(
            name="items have a title",
            layer=RAW_ITEMS,
            severity=WARNING,
            expected=f"{at_most(limits.max_missing_title_share)} without one",
            expectation="ExpectColumnValuesToNotBeNull",
            arguments={"column": schema.TITLE, "mostly": 1 - limits.max_missing_title_share},
        ),
        listed_once(
            RAW_ITEMS,
            [schema.TITLE],
            name="titles tell items apart",
            expected=f"{at_most(limits.max_repeated_title_share)} with the title of another",
            severity=WARNING,
            share=limits.max_repeated_title_share,
        ),
        Rule(
            name="titles hold no HTML",
            layer=RAW_ITEMS,
            severity=WARNING,
            expected="no tag or entity in any title",
            expectation="ExpectColumnValuesToNotMatchRegex",
            arguments={"column": schema.TITLE, "regex": HTML},
        ),
    ]
