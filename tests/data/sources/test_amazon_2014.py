"""An invented miniature: reviews in JSON, metadata as Python dicts, as JSON, and as both."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.data import schema
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.data.request import Request
from explainrec_models.data.sources.amazon_2014 import addresses, fetch, read
from explainrec_models.errors import DataError, MissingArtefactError

DAY = 1_400_000_000
MUGS = Request(categories=("Mugs",))
PICTURE = "http://ecx.images-amazon.com/images/I/31Q"
REVIEWS = [
    {"reviewerID": "u1", "asin": "M1", "helpful": [0, 1], "overall": 2.0, "unixReviewTime": DAY + 86_400},
    {"reviewerID": "u1", "asin": "M1", "reviewText": 'It\'s "fine".', "overall": 5.0, "unixReviewTime": DAY},
    {"reviewerID": "u1", "asin": "M1", "overall": 3.0, "unixReviewTime": DAY},
    {"reviewerID": "u2", "asin": "M2", "overall": 4.0, "unixReviewTime": DAY},
    {"reviewerID": "u2", "asin": "M9", "overall": 4.0, "unixReviewTime": DAY},
]
META: list[dict[str, Any]] = [
    {
        "asin": "M1",
        "title": "Baker's &quot;best&quot; mug",
        "price": 9.5,
        "imUrl": f"{PICTURE}._SY300_.jpg",
        "related": {"also_bought": ["M2", "M3"]},
        "salesRank": {"Home": 1},
        "brand": "Kiln",
        "categories": [["Home", "Mugs"], ["Gifts"]],
        "description": "Holds <b>tea</b>",
    },
    {"asin": "M2", "categories": [["Home"]], "imUrl": None},
    {"asin": "M1", "title": "Another"},
]


def _write(path: Path, rows: list[dict[str, Any]], *written: Callable[[Any], str]) -> None:
    lines = [written[index % len(written)](row) for index, row in enumerate(rows)]
    path.write_bytes(gzip.compress("\r\n\r\n".join(lines).encode()))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    _write(folder / "reviews_Mugs_5.json.gz", REVIEWS, json.dumps)
    _write(folder / "meta_Mugs.json.gz", META, repr)
    (folder / "image_features_Mugs.b").write_bytes(b"M1        ")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_reads_reviews_and_keeps_the_earliest_of_a_day_in_file_order(shop: Path) -> None:
    interactions = read(shop, MUGS).interactions
    assert interactions.schema == RAW_INTERACTION_SCHEMA
    assert interactions.rows() == [
        ("u1", "M1", 5.0, DAY * 1000),
        ("u2", "M2", 4.0, DAY * 1000),
        ("u2", "M9", 4.0, DAY * 1000),
    ]


def test_reads_items_and_counts_what_was_left_out_or_filled_in(shop: Path) -> None:
    tables = read(shop, MUGS)
    assert tables.items.schema == ITEM_SCHEMA
    assert tables.items.rows() == [
        ("M1", 'Baker\'s "best" mug', ["category:Mugs", "store:Kiln"], "Holds tea.", None, "Mugs"),
        ("M2", "M2", ["category:Home"], "", None, "Mugs"),
        ("M9", "M9", [], "", None, "Mugs"),
    ]
    assert {reason: count for reason, count in tables.dropped.items() if count} == {
        "items_without_metadata": 1,
        "items_without_title": 1,
        "repeated_metadata": 1,
        "repeated_reviews": 2,
    }


@pytest.mark.parametrize("written", [(json.dumps,), (repr, json.dumps), (json.dumps, repr)])
def test_every_spelling_of_the_files_gives_the_same_tables(shop: Path, written: tuple[Callable[[Any], str]]) -> None:
    expected, pictures = read(shop, MUGS), addresses(shop, MUGS)
    _write(shop / "reviews_Mugs_5.json.gz", REVIEWS, *written)
    _write(shop / "meta_Mugs.json.gz", META, *written)
    tables = read(shop, MUGS)
    assert tables.interactions.equals(expected.interactions)
    assert tables.items.equals(expected.items)
    assert tables.dropped == expected.dropped
    assert addresses(shop, MUGS) == pictures == {"M1": f"{PICTURE}.jpg"}


def test_fetches_reviews_and_metadata_unchanged(shop: Path, out: Path) -> None:
    fetch(out, Request(location=shop, categories=("Mugs",)))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        name: (shop / name).read_bytes() for name in ("reviews_Mugs_5.json.gz", "meta_Mugs.json.gz")
    }


def test_ratings_alone_are_read(shop: Path, out: Path) -> None:
    (shop / "own.csv").write_text(f"u1,M1,5.0,{DAY}\nu1,M9,3.0,{DAY}\n")
    fetch(out, Request(files={"ratings": shop / "own.csv"}, categories=("Mugs",)))
    tables = read(out, MUGS)
    assert tables.interactions.rows() == [("u1", "M1", 5.0, DAY * 1000), ("u1", "M9", 3.0, DAY * 1000)]
    assert tables.items[schema.TITLE].to_list() == ["M1", "M9"]


@pytest.mark.parametrize("other", ["reviews_Mugs.json.gz", "ratings_Mugs.csv"])
def test_two_files_of_reviews_are_refused_by_name(shop: Path, out: Path, other: str) -> None:
    (shop / other).write_bytes(b"")
    with pytest.raises(DataError, match=rf"has .*{other}.* for category Mugs: keep one of them"):
        fetch(out, Request(location=shop, categories=("Mugs",)))


def test_a_category_that_is_not_there_is_told(shop: Path, out: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"expected reviews_Lamps\.json or .* or ratings_Lamps\.csv"):
        fetch(out, Request(location=shop, categories=("Lamps",)))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("{'asin': 'M2', 'title': exit()}", "ValueError: malformed node"),
        ("{'asin': 'M2'", "expected one JSON object or Python dict"),
        ("{'asin': 7}", "asin 7, expected a text under 'asin'"),
        ("{'asin': '\\ud800'}", "expected text without half of a surrogate pair"),
        ("[" * 100_000, "too many nested parentheses"),
    ],
)
def test_names_the_place_of_metadata_that_cannot_be_used(shop: Path, line: str, found: str) -> None:
    (shop / "meta_Mugs.json.gz").write_bytes(f"{META[0]!r}\n{line}\n".encode())
    with pytest.raises(DataError, match=rf"meta_Mugs\.json\.gz, line 2, byte {len(repr(META[0])) + 1}: .*{found}"):
        read(shop, MUGS)


def test_files_cut_short_are_refused(shop: Path) -> None:
    packed = (shop / "meta_Mugs.json.gz").read_bytes()
    (shop / "meta_Mugs.json.gz").write_bytes(packed[:-20])
    with pytest.raises(DataError, match=r"meta_Mugs\.json\.gz, line 1, byte 0: found gzip data that ends"):
        read(shop, MUGS)
