"""An invented miniature in the official layout, with each kind of dirt that real files hold."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.data import schema
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.data.sources.amazon_2023 import fetch, read
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

MOMENT = 1_600_000_000_000


def _review(user: str, item: str, *, rating: float = 4.0, timestamp: int = MOMENT) -> dict[str, Any]:
    return {
        "rating": rating,
        "title": "Fine",
        "text": "Does what it should.",
        "images": [{"small_image_url": "https://example.invalid/s.jpg"}],
        "asin": f"{item}V",
        "parent_asin": item,
        "user_id": user,
        "timestamp": timestamp,
        "helpful_vote": 0,
        "verified_purchase": True,
    }


def _meta(item: str, **fields: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "main_category": None,
        "title": f"Title of {item}",
        "price": None,
        "features": [],
        "description": [],
        "images": [],
        "store": "Kiln",
        "categories": ["Home", "Mugs"],
        "details": {},
        "parent_asin": item,
        "bought_together": None,
    }
    return entry | fields


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two categories in the two spellings of file names, one of them gzipped."""
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "M1.png").write_bytes(b"picture")
    (folder / "images" / "L1.jpg").write_bytes(b"picture")
    (folder / "images" / "notes.txt").write_text("not a picture")
    (folder / "diary.txt").write_text("not for anyone")
    _write(
        folder / "Mugs.jsonl",
        [
            _review("u1", "M1", rating=5, timestamp=MOMENT + 5),
            _review("u2", "M1"),
            _review("u1", "M2"),
            _review("u1", "M1", rating=1, timestamp=MOMENT + 1),
            _review("u1", "M1", rating=2, timestamp=MOMENT + 1),
            _review("u2", "M9"),
        ],
    )
    _write(folder / "meta_Mugs.jsonl", [_meta("M1"), _meta("M2", title="<span class='a"), _meta("M1", title="Again")])
    late = _review("u3", "L1")
    late["sort_timestamp"] = late.pop("timestamp")
    _write(folder / "raw_review_Lamps.jsonl.gz", [late])
    _write(folder / "raw_meta_Lamps.jsonl.gz", [_meta("L1", price="None", details='{"Shade": "green"}')])
    return folder


CATEGORIES = ("Mugs", "Lamps")


def test_reads_reviews_in_file_order_and_keeps_the_earliest(shop: Path) -> None:
    interactions = read(shop, categories=CATEGORIES).interactions
    assert interactions.schema == RAW_INTERACTION_SCHEMA
    assert interactions.rows() == [
        ("u2", "M1", 4.0, MOMENT),
        ("u1", "M2", 4.0, MOMENT),
        ("u1", "M1", 1.0, MOMENT + 1),
        ("u2", "M9", 4.0, MOMENT),
        ("u3", "L1", 4.0, MOMENT),
    ]


def test_reads_items_and_counts_what_was_left_out_or_filled_in(shop: Path) -> None:
    tables = read(shop, categories=CATEGORIES)
    assert tables.items.schema == ITEM_SCHEMA
    columns = (schema.ITEM_ID, schema.TITLE, schema.ATTRIBUTES, schema.IMAGE, schema.CATEGORY)
    assert tables.items.select(columns).rows() == [
        ("M1", "Title of M1", ["category:Mugs", "store:Kiln"], "images/M1.png", "Mugs"),
        ("M2", "M2", ["category:Mugs", "store:Kiln"], None, "Mugs"),
        ("L1", "Title of L1", ["category:Mugs", "store:Kiln", "shade:green"], "images/L1.jpg", "Lamps"),
        ("M9", "M9", [], None, "Mugs"),
    ]
    assert tables.dropped == {
        "items_without_metadata": 1,
        "items_without_title": 1,
        "repeated_metadata": 1,
        "repeated_reviews": 2,
    }


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rating": "5"}, "rating '5', expected a number"),
        ({"rating": None}, "rating None, expected a number"),
        ({"rating": float("nan")}, "rating nan, expected a number"),
        ({"rating": 10**400}, "rating 10+, expected a number"),
        ({"timestamp": 10**30}, "timestamp 10+, expected a whole number"),
        ({"rating": True}, "rating True, expected a number"),
        ({"timestamp": "2020-01-01"}, "timestamp '2020-01-01', expected a whole number of milliseconds"),
        ({"timestamp": 1_600_000_000}, "timestamp 1600000000, .* expected milliseconds since 1970, not seconds"),
        ({"timestamp": 1.5}, r"timestamp 1\.5, expected a whole number"),
        ({"user_id": ""}, "user_id '', expected a text under 'user_id'"),
        ({"parent_asin": None}, "parent_asin None, expected a text under 'parent_asin'"),
    ],
)
def test_names_the_place_of_a_review_that_cannot_be_used(shop: Path, change: dict[str, Any], found: str) -> None:
    first = _review("u1", "M1")
    _write(shop / "Mugs.jsonl", [first, _review("u2", "M1") | change])
    offset = len(json.dumps(first)) + 1
    with pytest.raises(DataError, match=rf"Mugs\.jsonl, line 2, byte {offset}: found {found}"):
        read(shop, categories=CATEGORIES)


def test_names_the_place_of_metadata_without_an_id(shop: Path) -> None:
    _write(shop / "meta_Mugs.jsonl", [_meta("M1"), {"title": "No id"}])
    with pytest.raises(DataError, match=r"meta_Mugs\.jsonl, line 2, byte \d+: found parent_asin None"):
        read(shop, categories=CATEGORIES)


def test_an_id_cannot_lead_to_a_picture_elsewhere(shop: Path) -> None:
    (shop.parent / "secret.png").write_bytes(b"picture")
    _write(shop / "Mugs.jsonl", [_review("u1", "../../secret")])
    images = read(shop, categories=["Mugs"]).items.select(schema.ITEM_ID, schema.IMAGE).rows()
    assert images == [("M1", "images/M1.png"), ("M2", None), ("../../secret", None)]


def test_empty_files_give_empty_tables(shop: Path) -> None:
    _write(shop / "Mugs.jsonl", [])
    _write(shop / "meta_Mugs.jsonl", [])
    tables = read(shop, categories=["Mugs"])
    assert tables.interactions.is_empty()
    assert tables.items.schema == ITEM_SCHEMA


def test_fetch_copies_the_named_files_and_pictures_only(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    facts = fetch(out, location=shop, categories=CATEGORIES)
    copied = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert copied == {
        "Mugs.jsonl",
        "meta_Mugs.jsonl",
        "raw_review_Lamps.jsonl.gz",
        "raw_meta_Lamps.jsonl.gz",
        "images/M1.png",
        "images/L1.jpg",
    }
    assert all((out / name).read_bytes() == (shop / name).read_bytes() for name in copied)
    assert facts["origin"] == "local folder"
    assert "states no licence" in facts["licence"]


@pytest.mark.parametrize("name", ["Mugs.jsonl", "images/M1.png"])
def test_fetch_refuses_links_out_of_the_folder(shop: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("private")
    (shop / name).unlink()
    (shop / name).symlink_to(outside)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(DataError, match=r"is a link to .*outside, outside .*shop"):
        fetch(out, location=shop, categories=CATEGORIES)


def test_fetch_says_what_is_missing(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"needs `location:` .* and `categories:`"):
        fetch(tmp_path, categories=CATEGORIES)
    with pytest.raises(ParamsError, match=r"needs `location:` .* and `categories:`"):
        fetch(tmp_path, location=shop)
    with pytest.raises(MissingArtefactError, match="nowhere is not a folder"):
        fetch(tmp_path, location=tmp_path / "nowhere", categories=CATEGORIES)
    with pytest.raises(MissingArtefactError, match=r"category Rugs: expected one of Rugs\.jsonl, Rugs\.jsonl\.gz"):
        fetch(tmp_path, location=shop, categories=["Rugs"])


def test_two_files_for_one_category_are_ambiguous(shop: Path) -> None:
    _write(shop / "Mugs.jsonl.gz", [])
    with pytest.raises(DataError, match=r"Mugs\.jsonl and Mugs\.jsonl\.gz for category Mugs: keep one"):
        read(shop, categories=CATEGORIES)
