import json

import polars as pl

from explainrec_models.data.days import milliseconds
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.quality.profile import profile

JANUARY, MARCH = milliseconds("2022-01-31"), milliseconds("2022-03-01")
ROWS = pl.DataFrame(
    [
        ("u0", "a", 5.0, JANUARY),
        ("u0", "b", 3.5, JANUARY),
        ("u0", "c", None, MARCH),
        ("u1", "a", 5.0, 10**18),
        ("u2", "a", 1.0, MARCH),
    ],
    schema=RAW_INTERACTION_SCHEMA,
    orient="row",
)
ITEMS = pl.DataFrame(
    [
        ("a", "Lamp", ["colour:red"], "A lamp.", "a.jpg", "Lamps"),
        ("b", "Mug of clay", [], "", None, "Mugs"),
        ("c", "Mug", ["colour:red"], None, None, "Mugs"),
        ("d", "d", None, "", None, ""),
    ],
    schema=ITEM_SCHEMA,
    orient="row",
)


def test_a_profile_by_hand() -> None:
    assert profile(ROWS, ITEMS, like_threshold=4) == {
        "format": 1,
        "rows": 5,
        "users": 3,
        "items": 4,
        "rated_items": 3,
        "ratings": {"1": 1, "3.5": 1, "5": 2, "unknown": 1},
        "like_share": 0.5,
        "rows_a_month": {"2022-01": 2, "2022-03": 2, "unknown": 1},
        "rows_a_user": {"0": 1, "0.25": 1, "0.5": 1, "0.75": 3, "0.9": 3, "0.99": 3, "1": 3},
        "rows_an_item": {"0": 1, "0.25": 1, "0.5": 1, "0.75": 3, "0.9": 3, "0.99": 3, "1": 3},
        "title_length": {"0": 1, "0.25": 3, "0.5": 4, "0.75": 4, "0.9": 11, "0.99": 11, "1": 11},
        "items_with": {"text": 0.25, "picture": 0.25, "attributes": 0.5},
        "categories": {"Mugs": 2, "Lamps": 1, "unknown": 1},
    }


def test_the_order_of_rows_changes_no_byte() -> None:
    shuffled = profile(ROWS.reverse(), ITEMS.reverse(), like_threshold=4)
    assert json.dumps(shuffled) == json.dumps(profile(ROWS, ITEMS, like_threshold=4))


def test_every_event_is_a_like() -> None:
    assert profile(ROWS, ITEMS, like_threshold=None)["like_share"] == 1


def test_empty_tables_have_a_profile() -> None:
    empty = profile(ROWS.clear(), ITEMS.clear(), like_threshold=4)
    assert (empty["rows"], empty["ratings"], empty["rows_a_user"], empty["like_share"]) == (0, {}, {}, 0)


def test_many_different_ratings_are_counted_as_whole_numbers() -> None:
    rows = pl.DataFrame({"rating": [n / 100 for n in range(300)]}, schema={"rating": pl.Float32})
    filled = rows.with_columns(
        pl.lit("u").alias("user_id"), pl.lit("a").alias("item_id"), pl.lit(JANUARY).alias("timestamp")
    )
    assert set(profile(filled, ITEMS, like_threshold=4)["ratings"]) == {"0", "1", "2", "3"}


def test_a_profile_stays_small() -> None:
    many = pl.DataFrame({"category": [f"c{n:03}" for n in range(100)]}).with_columns(
        pl.lit(value).alias(name) for name, value in {"item_id": "a", "title": "t", "text": "", "image": None}.items()
    )
    items = many.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("attributes"))
    categories = profile(ROWS, items, like_threshold=4)["categories"]
    assert len(categories) == 21
    assert categories["other categories"] == 80
