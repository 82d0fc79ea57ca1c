import pytest

from explainrec_models.data.amazon_items import attributes_of, item_row, plain_words
from explainrec_models.data.raw_tables import ITEM_SCHEMA

PUBLISHED = {
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
def test_both_exports_give_the_same_row(entry: dict[str, object]) -> None:
    row = item_row(entry, "B0", category="Mugs", pictures={"B0": "images/B0.png"})
    assert list(row) == list(ITEM_SCHEMA)
    assert list(row.values()) == [
        "B0",
        "Blue Mug",
        ["category:Mugs", "store:Kiln", "colour:blue", "pieces:4"],
        "Holds 300 ml. Safe in the dishwasher! Made of clay & glaze.",
        "images/B0.png",
        "Mugs",
    ]


@pytest.mark.parametrize("value", [None, "None", [], {}, "not json", 3])
def test_survives_fields_of_any_type(value: object) -> None:
    names = ("title", "features", "description", "store", "categories", "details")
    row = item_row(dict.fromkeys(names, value), "B0", category="Mugs", pictures={})
    assert row["image"] is None
    assert isinstance(row["attributes"], list)


@pytest.mark.parametrize(
    ("scraped", "words"),
    [
        ('<span class="a-size-medium a-color-secondary"', ""),
        ("Tea <br/>\n for&nbsp;two", "Tea for two"),
        ("I <3 mugs, 1 < 2", "I <3 mugs, 1 < 2"),
        (None, ""),
    ],
)
def test_words_are_freed_of_markup(scraped: str | None, words: str) -> None:
    assert plain_words(scraped) == words


def test_attributes_do_not_repeat_and_keep_one_colon_before_the_value() -> None:
    entry = {"details": {"Fit: inner": "wide", "FIT: inner": "wide"}}
    assert attributes_of(entry) == ["fit inner:wide"]
