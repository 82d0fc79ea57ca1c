"""Every expectation of the raw layers, each on tables that violate exactly it."""

from collections.abc import Callable

import great_expectations.expectations as gxe
import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.suites import raw_items, raw_ratings
from explainrec_models.quality.verdict import Verdict

Change = Callable[[pl.DataFrame], pl.DataFrame]


def head(column: str, value: object, rows: int = 1) -> Change:
    """Replace the first values of a column."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        is_first = pl.int_range(pl.len()) < rows
        given = pl.lit(value, dtype=table.schema[column])
        return table.with_columns(pl.when(is_first).then(given).otherwise(column).alias(column))

    return change


def failed(verdict: Verdict, layer: str) -> set[str]:
    return {one["name"] for one in verdict["expectations"] if not one["success"] and one["layer"] == layer}


RATINGS: dict[str, Change] = {
    "column user_id has no missing value": head(schema.USER_ID, None),
    "column item_id has no missing value": head(schema.ITEM_ID, None),
    "column rating has no missing value": head(schema.RATING, None),
    "column timestamp has no missing value": head(schema.TIMESTAMP, None),
    "ratings lie on the scale of the layout": head(schema.RATING, 6.0),
    "timestamps are plausible": head(schema.TIMESTAMP, 1_650_000_000),
    "there are enough ratings": lambda rows: rows.gather_every(2),
    "there are likes and dislikes": lambda rows: rows.with_columns(pl.lit(5.0, pl.Float32).alias(schema.RATING)),
    "the training part has rows": lambda rows: rows.with_columns(pl.col(schema.TIMESTAMP).clip(1_646_200_000_000)),
    "the validation part has rows": lambda rows: rows.with_columns(
        pl.when(pl.col(schema.TIMESTAMP) < 1_648_771_200_000)
        .then(1_645_000_000_000)
        .otherwise(schema.TIMESTAMP)
        .alias(schema.TIMESTAMP)
    ),
    "the test part has rows": lambda rows: rows.with_columns(
        pl.col(schema.TIMESTAMP).clip(upper_bound=1_648_000_000_000)
    ),
    "user and item pairs are rated once": lambda rows: pl.concat([rows, rows.head(10)]),
    "rated items are in the item table": head(schema.ITEM_ID, "unheard of", 2),
}
ITEMS: dict[str, Change] = {
    "column item_id has no missing value": head(schema.ITEM_ID, None),
    "items are listed once": lambda items: pl.concat([items, items.head(1).with_columns(title=pl.lit("Lamp"))]),
    "there are enough items": lambda items: items.head(9),
    "items have a title": head(schema.TITLE, "  ", 2),
    "titles tell items apart": head(schema.TITLE, "Lamp", 2),
    "titles hold no HTML": head(schema.TITLE, "Mug &amp; <b>saucer</b>"),
}
WARNINGS = {
    "user and item pairs are rated once",
    "rated items are in the item table",
    "items have a title",
    "titles tell items apart",
    "titles hold no HTML",
}


def test_every_expectation_holds_on_good_tables(check: Callable[..., Verdict]) -> None:
    verdict = check()
    assert verdict["success"]
    assert [one["name"] for one in verdict["expectations"] if not one["success"]] == []


@pytest.mark.parametrize("name", RATINGS)
def test_a_rating_expectation_fails_alone(name: str, check: Callable[..., Verdict], interactions: pl.DataFrame) -> None:
    verdict = check(rows=RATINGS[name](interactions))
    assert failed(verdict, "raw_ratings") == {name}
    assert verdict["success"] == (name in WARNINGS)


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_expectation_fails_alone(name: str, check: Callable[..., Verdict], items: pl.DataFrame) -> None:
    verdict = check(catalogue=ITEMS[name](items))
    assert failed(verdict, "raw_items") == {name}


@pytest.mark.parametrize("column", [schema.USER_ID, schema.ITEM_ID, schema.RATING, schema.TIMESTAMP])
def test_a_missing_rating_column_is_named(
    column: str, check: Callable[..., Verdict], interactions: pl.DataFrame
) -> None:
    verdict = check(rows=interactions.drop(column))
    found = {one["name"]: one for one in verdict["expectations"] if one["layer"] == "raw_ratings"}
    assert not found["the expected columns are there"]["success"]
    missing = found[f"column {column} has no missing value"]
    assert not missing["success"]
    assert column in missing["observed"]
    assert missing["observed"].startswith("could not be checked")


@pytest.mark.parametrize("column", schema.ITEM_COLUMNS)
def test_a_missing_item_column_fails(column: str, check: Callable[..., Verdict], items: pl.DataFrame) -> None:
    assert "the expected columns are there" in failed(check(catalogue=items.drop(column)), "raw_items")


@pytest.mark.parametrize("column", [schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP])
def test_a_rating_column_of_another_type_fails(
    column: str, check: Callable[..., Verdict], interactions: pl.DataFrame
) -> None:
    other = interactions.with_columns(pl.int_range(pl.len()).cast(pl.Float64).alias(column))
    assert f"column {column} has the expected type" in failed(check(rows=other), "raw_ratings")


def test_ratings_as_text_fail_and_whole_numbers_do_not(
    check: Callable[..., Verdict], interactions: pl.DataFrame
) -> None:
    name = "column rating has the expected type"
    assert name in failed(check(rows=interactions.cast({schema.RATING: pl.String})), "raw_ratings")
    assert failed(check(rows=interactions.cast({schema.RATING: pl.Int64})), "raw_ratings") == set()


@pytest.mark.parametrize("column", schema.ITEM_COLUMNS)
def test_an_item_column_of_another_type_fails(column: str, check: Callable[..., Verdict], items: pl.DataFrame) -> None:
    other = items.with_columns(pl.int_range(pl.len()).alias(column))
    assert f"column {column} has the expected type" in failed(check(catalogue=other), "raw_items")


def test_empty_tables_fail_without_a_crash(
    check: Callable[..., Verdict], interactions: pl.DataFrame, items: pl.DataFrame
) -> None:
    verdict = check(rows=interactions.clear(), catalogue=items.clear())
    assert not verdict["success"]
    assert {"there are enough ratings", "there are likes and dislikes", "the test part has rows"} <= failed(
        verdict, "raw_ratings"
    )
    assert failed(verdict, "raw_items") == {"there are enough items"}


def test_an_id_in_place_of_a_title_counts_as_missing(check: Callable[..., Verdict], items: pl.DataFrame) -> None:
    filled = items.with_columns(pl.col(schema.ITEM_ID).alias(schema.TITLE))
    assert failed(check(catalogue=filled), "raw_items") == {"items have a title"}


def test_shares_below_the_limit_are_tolerated(check: Callable[..., Verdict], interactions: pl.DataFrame) -> None:
    # 4 of 122 rows are 3.3 %; the limit is 5 %.
    assert failed(check(rows=pl.concat([interactions, interactions.head(2)])), "raw_ratings") == set()


def test_names_are_unique_and_equal_for_every_dataset(limits: Limits) -> None:
    other = Limits(like_threshold=3, valid_from="2001-01-01", test_from="2002-01-01", min_items=7)
    rules = [*raw_ratings(limits), *raw_items(limits)]
    names = [(rule.layer, rule.name) for rule in rules]
    assert len(set(names)) == len(names)
    assert names == [(rule.layer, rule.name) for rule in [*raw_ratings(other), *raw_items(other)]]


def test_every_expectation_is_tested_and_known_to_great_expectations(limits: Limits) -> None:
    schema_rules = ("the expected columns", "column ")
    for rule in [*raw_ratings(limits), *raw_items(limits)]:
        assert hasattr(gxe, rule.expectation)
        assert rule.name.startswith(schema_rules) or rule.name in RATINGS | ITEMS
        assert (rule.severity == "warning") == (rule.name in WARNINGS)
