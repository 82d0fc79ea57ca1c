import json
from collections import Counter
from typing import Any

import pytest

from explainrec_models.data.amazon_items import MAX_TEXT_LENGTH, attributes_of, item_row, main_picture, plain_words
from explainrec_models.data.raw_tables import ITEM_SCHEMA

PUBLISHED: dict[str, Any] = {
    "title": "Blue Mug",
    "features": ["Holds 300 ml", "Safe in the dishwasher!"],
    "description": ["Made of <b>clay</b> &amp; glaze."],
    "price": 12.5,
    "images": [{"thumb": "t", "large": "l", "variant": "MAIN", "hi_res": None}],
    "store": "Kiln",
    "categories": ["Home", "Mugs"],
    "details": {"Colour": "blue", "UPC": "123456789012", "Pieces": 4, "Is Discontinued": False, "Story": "long " * 20},
}
# The same entry as the typed export writes it.
TYPED_EXPORT = PUBLISHED | {
    "price": "None",
    "images": {"thumb": ["t"], "large": ["l"], "variant": ["MAIN"], "hi_res": [None]},
    "details": '{"Colour": "blue", "UPC": "123456789012", "Pieces": 4}',
}


@pytest.mark.parametrize("entry", [PUBLISHED, TYPED_EXPORT])
def test_both_exports_give_the_same_row(entry: dict[str, Any]) -> None:
    counts: Counter[str] = Counter()
    row = item_row(entry, "B0", category="Mugs", counts=counts)
    assert list(row) == list(ITEM_SCHEMA)
    assert list(row.values()) == [
        "B0",
        "Blue Mug",
        ["category:Mugs", "store:Kiln", "colour:blue", "pieces:4"],
        "Holds 300 ml. Safe in the dishwasher! Made of clay & glaze.",
        None,
        "Mugs",
    ]
    assert not counts


@pytest.mark.parametrize(
    "value", [None, "None", [], {}, "not json", 3, [None, 3, {"a": "b"}], "[" * 100_000, "7" * 5000]
)
def test_survives_fields_of_any_type(value: object) -> None:
    names = ("title", "features", "description", "store", "author", "categories", "details")
    row = item_row(dict.fromkeys(names, value), "B0", category="Mugs", counts=Counter())
    assert isinstance(row["title"], str)
    assert isinstance(row["text"], str)
    assert all(isinstance(attribute, str) for attribute in row["attributes"])


@pytest.mark.parametrize(
    ("details", "unreadable"),
    [({}, 0), ("{}", 0), (None, 0), ("None", 0), ("", 0), ([], 0), ("{'single': 'quotes'}", 1), ("[1]", 1), (3, 1)],
)
def test_details_that_cannot_be_read_are_counted(details: object, unreadable: int) -> None:
    counts: Counter[str] = Counter()
    assert attributes_of({"details": details}, counts) == []
    assert counts["unreadable_details"] == unreadable


@pytest.mark.parametrize("author", ["Ada Lark", {"avatar": "https://example.invalid/a.jpg", "name": "Ada Lark"}])
def test_books_have_authors(author: object) -> None:
    assert attributes_of({"author": author}, Counter()) == ["author:Ada Lark"]


def test_long_texts_are_cut_and_counted() -> None:
    counts: Counter[str] = Counter()
    for length, cut in ((MAX_TEXT_LENGTH - 1, 0), (MAX_TEXT_LENGTH, 1), (10 * MAX_TEXT_LENGTH, 2)):
        row = item_row({"description": ["x" * length]}, "B0", category="Mugs", counts=counts)
        assert len(row["text"]) == MAX_TEXT_LENGTH
        assert counts["texts_cut"] == cut


@pytest.mark.parametrize(
    ("scraped", "words"),
    [
        ('<span class="a-size-medium a-color-secondary"', ""),
        ("Tea <br/>\n for&nbsp;two", "Tea for two"),
        ("I <3 mugs, 1 < 2", "I <3 mugs, 1 < 2"),
        ("Half \ud83d of a pair", "Half ? of a pair"),
        (None, ""),
    ],
)
def test_words_are_freed_of_markup(scraped: str | None, words: str) -> None:
    assert plain_words(scraped) == words


def test_attributes_do_not_repeat_and_keep_one_colon_before_the_value() -> None:
    entry = {"details": {"Fit: inner": "wide", "FIT: inner": "wide"}}
    assert attributes_of(entry, Counter()) == ["fit inner:wide"]


LARGE, SHARP = "https://example.invalid/large.jpg", "https://example.invalid/sharp.jpg"


@pytest.mark.parametrize(
    ("images", "address"),
    [
        ([{"large": LARGE, "hi_res": SHARP, "variant": "MAIN"}], SHARP),
        ([{"large": LARGE, "hi_res": None, "variant": "MAIN"}], LARGE),
        ([{"large": SHARP, "variant": "PT01"}, {"large": LARGE, "variant": "MAIN"}], LARGE),
        ([{"large": LARGE}, {"large": SHARP}], LARGE),
        ({"large": [LARGE], "hi_res": [None], "thumb": ["t"], "variant": ["MAIN"]}, LARGE),
        ({"large": [], "hi_res": [], "thumb": [], "variant": []}, None),
        ({"large": None}, None),
        ([{"large": "file:///etc/passwd", "hi_res": "ftp://example.invalid/x"}], None),
        ([{"large": 3, "hi_res": ["x"]}, "odd"], None),
        ([], None),
        (None, None),
        ("None", None),
        (json.dumps([{"large": LARGE}]), None),
    ],
)
def test_the_main_picture_is_the_largest_of_the_first_of_its_kind(images: object, address: str | None) -> None:
    assert main_picture(images) == address
