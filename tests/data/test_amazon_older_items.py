"""Invented entries with what real ones hold: scraped tags and programs, sentences among categories, two vintages."""

from collections import Counter
from typing import Any

import pytest

from explainrec_models.data import schema
from explainrec_models.data.amazon_items import item_row
from explainrec_models.data.amazon_older_items import (
    PICTURES_2014,
    PICTURES_2018,
    entry_of_2014,
    entry_of_2018,
    picture_address,
)

PICTURE = "https://images-na.ssl-images-amazon.com/images/I/31Q"


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    return item_row(entry_of_2018(entry), "M1", category="Mugs", counts=Counter())


def test_an_entry_of_2018_becomes_a_row() -> None:
    row = _row(
        {
            "title": "Tea &amp; mug",
            "brand": "Kiln",
            "category": ["Home", "Mugs"],
            "feature": ["Green glaze"],
            "description": ["<b>Holds</b> tea.", "<b>Holds</b> tea.", ""],
            "details": {"\n    Colour: \n    ": " Moss", "ASIN: ": "M1", "Shipping Weight:": "3 ounces"},
        }
    )
    assert row[schema.TITLE] == "Tea & mug"
    assert row[schema.ATTRIBUTES] == ["category:Mugs", "store:Kiln", "colour:Moss"]
    assert row[schema.TEXT] == "Green glaze. Holds tea."


@pytest.mark.parametrize(
    "later",
    [
        {"rank": "1 in Mugs"},
        {"rank": ["1 in Mugs"]},
        {"price": ".a-box-inner{background-color:#fff}"},
        {"price": "$1,250.00"},
        {"also_buy": ["M2"], "also_view": ["M3"], "similar_item": "<table>", "main_cat": '<img src="x" alt="Mugs"/>'},
        {"details": {"Amazon Best Sellers Rank:": "1 in Mugs", "Average Customer Review:": "5"}},
    ],
)
def test_what_is_known_only_later_changes_nothing(later: dict[str, Any]) -> None:
    assert _row({"title": "Mug"} | later) == _row({"title": "Mug"})


@pytest.mark.parametrize(
    "title",
    [
        '<span class="a-size-medium a-color-secondary"',
        "var aPageStart = (new Date()).getTime();",
        "<script>var page = 1;</script>",
        "",
        None,
        ["Mug"],
    ],
)
def test_titles_without_words_are_empty(title: Any) -> None:
    assert _row({"title": title})[schema.TITLE] == ""


def test_programs_and_styles_are_no_words() -> None:
    entry = {"description": ["Holds <STYLE type='x'>.a{b:c}</style >tea.", "Warm.<script>var mug = 1;"]}
    assert _row(entry)[schema.TEXT] == "Holds tea. Warm."


@pytest.mark.parametrize(
    ("category", "leaf"),
    [
        (["Home", "Mugs", "Keeps tea warm.", "Green"], "Mugs"),
        (["Home", "Mugs", "</span></span></span>", "Green"], "Mugs"),
        (["Home", "Mugs", "A sentence about this mug that has no full stop at its end", "Green"], "Mugs"),
        (["Home"], "Home"),
    ],
)
def test_sentences_after_the_categories_are_features(category: list[str], leaf: str) -> None:
    row = _row({"category": category, "feature": ["Big"]})
    assert row[schema.ATTRIBUTES] == [f"category:{leaf}"]
    assert row[schema.TEXT].endswith("Green. Big." if len(category) > 2 else "Big.")


@pytest.mark.parametrize("value", [None, "", [], {}, 3, [None, 3]])
def test_fields_of_other_types_are_empty(value: Any) -> None:
    row = _row(dict.fromkeys(("title", "brand", "category", "feature", "description", "details"), value))
    assert (row[schema.TITLE], row[schema.ATTRIBUTES], row[schema.TEXT]) == ("", [], "")


def test_a_brand_that_is_the_page_of_an_author_is_the_author() -> None:
    assert _row({"brand": "Visit Amazon's Ann Potter Page"})[schema.ATTRIBUTES] == ["store:Ann Potter"]


@pytest.mark.parametrize(
    ("categories", "attributes"),
    [
        ([["Home", "Mugs"], ["Gifts"]], ["category:Mugs", "store:Kiln"]),
        (["Home", "Mugs"], ["category:Mugs", "store:Kiln"]),
        ([], ["store:Kiln"]),
        (None, ["store:Kiln"]),
    ],
)
def test_an_entry_of_2014_becomes_a_row(categories: Any, attributes: list[str]) -> None:
    entry = {"title": "Mug", "description": "Holds tea", "brand": "Kiln", "categories": categories}
    row = item_row(entry_of_2014(entry), "M1", category="Mugs", counts=Counter())
    assert (row[schema.TITLE], row[schema.ATTRIBUTES], row[schema.TEXT]) == ("Mug", attributes, "Holds tea.")


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ({"image": [f"{PICTURE}._SX38_SY50_CR,0,0,38,50_.jpg", f"{PICTURE}2.jpg"]}, f"{PICTURE}.jpg"),
        ({"imageURL": [f"{PICTURE}._SR80,60_.jpg"], "imageURLHighRes": [f"{PICTURE}2.jpg"]}, f"{PICTURE}2.jpg"),
        ({"imageURL": [f"{PICTURE}._SY88.jpg"], "imageURLHighRes": []}, f"{PICTURE}._SY88.jpg"),
        ({"imageURL": [f"{PICTURE}._SR80,60_.jpg"], "imageURLHighRes": None}, f"{PICTURE}.jpg"),
        ({"image": ["javascript:mug", None, 3]}, None),
        ({"image": []}, None),
        ({}, None),
    ],
)
def test_the_main_picture_of_both_vintages_in_full_size(entry: dict[str, Any], address: str | None) -> None:
    assert picture_address(entry, PICTURES_2018) == address


def test_the_picture_of_2014_in_full_size() -> None:
    entry = {"imUrl": "http://ecx.images-amazon.com/images/I/31Q._SY300_.jpg"}
    assert picture_address(entry, PICTURES_2014) == "http://ecx.images-amazon.com/images/I/31Q.jpg"
