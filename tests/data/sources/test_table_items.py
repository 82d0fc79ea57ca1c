"""Item files beside a table of events, and columns that are not there."""

import re
from pathlib import Path

import polars as pl
import pytest
from invented_tables import COLUMNS, ROWS, counted, loaded, written

from explainrec_models.data import schema
from explainrec_models.data.request import Request
from explainrec_models.data.sources.table import addresses
from explainrec_models.errors import DataError

ITEM_COLUMNS = {
    "items_item_id": "ref",
    "items_title": "Name",
    "items_text": "About",
    "items_category": "Aisle",
    "items_image": "Photo",
    "items_attributes": "Brand, Tags",
}
ITEM_HEADER = ["ref", "Name", "About", "Aisle", "Photo", "Brand", "Tags", "Price"]
ITEM_ROWS = [
    [
        "7",
        " Cups &amp; mugs",
        "For <b>tea</b>.",
        "Kitchen",
        "https://example.invalid/7.jpg",
        "Ada",
        "blue | big|blue",
        "3",
    ],
    ["8 ", "", "", "", "", "Bo", "hot;cold", ""],
    ["7", "Again", "", "", "https://example.invalid/again.jpg", "", "", ""],
    ["", "Nobody", "", "", "", "", "", ""],
]


def test_an_item_file(tmp_path: Path) -> None:
    files = {
        "interactions": written(tmp_path / "one.csv", ROWS),
        "items": written(tmp_path / "two.tsv", ITEM_ROWS, header=ITEM_HEADER, separator="\t"),
    }
    request = Request(files=files, columns={**COLUMNS, **ITEM_COLUMNS})
    tables = loaded(tmp_path, request)
    assert tables.items.rows() == [
        ("7", "Cups & mugs", ["Brand:Ada", "Tags:blue", "Tags:big"], "For tea .", None, "Kitchen"),
        ("8", "8", ["Brand:Bo", "Tags:hot", "Tags:cold"], "", None, ""),
        ("9", "9", [], "", None, ""),
    ]
    assert counted(tables) == {
        "ids_with_blanks": 1,
        "items_with_markup_in_text": 1,
        "items_with_markup_in_title": 1,
        "items_without_id": 1,
        "items_without_metadata": 1,
        "items_without_title": 1,
        "repeated_items": 1,
    }
    assert addresses(tmp_path / "raw", request) == {"7": "https://example.invalid/7.jpg"}


def test_an_item_file_of_parquet_with_lists(tmp_path: Path) -> None:
    items = {"item_id": [7, 9], "title": ["Mug", None], "attributes": [["blue", " big "], None], "price": [1, 2]}
    pl.DataFrame(items).write_parquet(tmp_path / "items.parquet")
    files = {"interactions": written(tmp_path / "one.csv", ROWS), "items": tmp_path / "items.parquet"}
    tables = loaded(tmp_path, Request(files=files, columns=COLUMNS))
    assert tables.items.select(schema.TITLE, schema.ATTRIBUTES).rows() == [
        ("Mug", ["attributes:blue", "attributes:big"]),
        ("9", []),
    ]
    assert addresses(tmp_path / "raw", Request()) == {}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"user_id": "Custmer", "item_id": "SKU"},
            "interactions.csv has no column 'Custmer'. Nearest: Customer. It has: Customer, SKU, Stars, When, Note. "
            "Name the right one as `user_id:` under `columns:`",
        ),
        ({"item_id": "SKU"}, "has no column 'user_id'"),
        ({**COLUMNS, "rating": "Sterne"}, "Name the right one as `rating:`"),
        ({**COLUMNS, **ITEM_COLUMNS, "items_attributes": "Brand,Tag"}, "has no column 'Tag'. Nearest: Tags."),
    ],
)
def test_a_column_that_is_not_there(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    files = {
        "interactions": written(tmp_path / "one.csv", ROWS),
        "items": written(tmp_path / "two.csv", ITEM_ROWS, header=ITEM_HEADER),
    }
    with pytest.raises(DataError, match=re.escape(message)):
        loaded(tmp_path, Request(files=files, columns=columns))
