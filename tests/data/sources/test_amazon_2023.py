"""An invented miniature in the official layout, with each kind of dirt that real files hold."""

import gzip
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.data import schema
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.sources.amazon_2023 import addresses, fetch, read
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError, UnknownNameError

MOMENT = 1_600_000_000_000
CATEGORIES = ("Mugs", "Lamps")
BOTH = Request(categories=CATEGORIES)
MUGS = Request(categories=("Mugs",))


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
    late = _review("u3", "L1") | {"helpful_vote": 0.0}
    late["sort_timestamp"] = late.pop("timestamp")
    _write(folder / "raw_review_Lamps.jsonl.gz", [late])
    exported = {"images": {"thumb": [], "large": [], "variant": [], "hi_res": []}, "details": '{"Shade": "green"}'}
    _write(folder / "raw_meta_Lamps.jsonl.gz", [_meta("L1", price="None", **exported)])
    return folder


def _mugs(shop: Path, *reviews: dict[str, Any]) -> RawTables:
    _write(shop / "Mugs.jsonl", list(reviews))
    return read(shop, MUGS)


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_reads_reviews_in_file_order_and_keeps_the_earliest(shop: Path) -> None:
    interactions = read(shop, BOTH).interactions
    assert interactions.schema == RAW_INTERACTION_SCHEMA
    assert interactions.rows() == [
        ("u2", "M1", 4.0, MOMENT),
        ("u1", "M2", 4.0, MOMENT),
        ("u1", "M1", 1.0, MOMENT + 1),
        ("u2", "M9", 4.0, MOMENT),
        ("u3", "L1", 4.0, MOMENT),
    ]


def test_reads_items_and_counts_what_was_left_out_or_filled_in(shop: Path) -> None:
    tables = read(shop, BOTH)
    assert tables.items.schema == ITEM_SCHEMA
    columns = (schema.ITEM_ID, schema.TITLE, schema.ATTRIBUTES, schema.IMAGE, schema.CATEGORY)
    assert tables.items.select(columns).rows() == [
        ("M1", "Title of M1", ["category:Mugs", "store:Kiln"], None, "Mugs"),
        ("M2", "M2", ["category:Mugs", "store:Kiln"], None, "Mugs"),
        ("L1", "Title of L1", ["category:Mugs", "store:Kiln", "shade:green"], None, "Lamps"),
        ("M9", "M9", [], None, "Mugs"),
    ]
    assert {reason: count for reason, count in tables.dropped.items() if count} == {
        "items_without_metadata": 1,
        "items_without_title": 1,
        "repeated_metadata": 1,
        "repeated_reviews": 2,
    }


def test_metadata_may_be_missing(shop: Path, out: Path, caplog: pytest.LogCaptureFixture) -> None:
    (shop / "meta_Mugs.jsonl").unlink()
    fetch(out, Request(location=shop, categories=("Mugs",)))
    with caplog.at_level(logging.WARNING):
        tables = read(out, MUGS)
    assert tables.items.rows() == [(name, name, [], "", None, "Mugs") for name in ("M1", "M2", "M9")]
    assert tables.dropped["items_without_metadata"] == 3
    assert tables.dropped["categories_without_metadata"] == 1
    assert "category Mugs has no metadata" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": float(MOMENT)},
        {"timestamp": None, "sort_timestamp": MOMENT},
        {"rating": 4},
        {"helpful_vote": 1.0, "verified_purchase": "True", "images": {"small_image_url": []}},
        {"text": None, "title": None},
        {"text": "\ud800 half of a pair"},
    ],
)
def test_variants_of_a_review_give_the_same_row(shop: Path, change: dict[str, Any]) -> None:
    clean = _review("u2", "M1")
    rows = _mugs(shop, _review("u1", "M1"), clean | change, _review("u3", "M1")).interactions.rows()
    assert rows == [(user, "M1", 4.0, MOMENT) for user in ("u1", "u2", "u3")]


def test_blanks_around_ids_are_taken_off_and_counted(shop: Path) -> None:
    _write(shop / "meta_Mugs.jsonl", [_meta(" M1"), _meta("M2\t")])
    tables = _mugs(shop, _review(" u1", "M1"), _review("u1", "M2 "), _review("u2", "M2"))
    assert tables.interactions.rows() == [
        ("u1", "M1", 4.0, MOMENT),
        ("u1", "M2", 4.0, MOMENT),
        ("u2", "M2", 4.0, MOMENT),
    ]
    assert tables.items[schema.ITEM_ID].to_list() == ["M1", "M2"]
    assert tables.dropped["ids_with_blanks"] == 2


def test_a_packed_file_without_the_suffix_is_read(shop: Path) -> None:
    plain = (shop / "Mugs.jsonl").read_bytes()
    expected = read(shop, MUGS).interactions
    (shop / "Mugs.jsonl").write_bytes(gzip.compress(plain[:400]) + gzip.compress(plain[400:]))
    assert read(shop, MUGS).interactions.equals(expected)


def test_line_ends_blank_lines_and_a_byte_order_mark_change_nothing(shop: Path) -> None:
    expected = read(shop, MUGS).interactions
    lines = (shop / "Mugs.jsonl").read_bytes().replace(b"\n", b"\r\n\r\n")
    (shop / "Mugs.jsonl").write_bytes(b"\xef\xbb\xbf" + lines)
    assert read(shop, MUGS).interactions.equals(expected)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rating": "5"}, "rating '5', expected a number"),
        ({"rating": None}, "rating None, expected a number"),
        ({"rating": float("nan")}, "rating nan, expected a number"),
        ({"rating": float("inf")}, "rating inf, expected a number"),
        ({"rating": 10**400}, "rating 10+, expected a number"),
        ({"rating": 1e300}, r"rating 1e\+300, expected a number"),
        ({"rating": True}, "rating True, expected a number"),
        ({"timestamp": 10**30}, "timestamp 10+, expected a whole number"),
        ({"timestamp": "2020-01-01"}, "timestamp '2020-01-01', expected a whole number of milliseconds"),
        ({"timestamp": 1_600_000_000}, "timestamp 1600000000, .* expected milliseconds since 1970, not seconds"),
        ({"timestamp": MOMENT * 1000}, "timestamp 1600000000000000, .* expected milliseconds .* not microseconds"),
        ({"timestamp": 1.5}, r"timestamp 1\.5, expected a whole number"),
        ({"timestamp": None}, "timestamp None, expected a whole number"),
        ({"user_id": ""}, "user_id '', expected a text under 'user_id'"),
        ({"user_id": " \t"}, r"user_id ' \\t', expected a text under 'user_id'"),
        ({"user_id": 17}, "user_id 17, expected a text under 'user_id'"),
        ({"user_id": "\udc00"}, r"user_id '\\udc00', expected text without half of a surrogate pair"),
        ({"parent_asin": None}, "parent_asin None, expected a text under 'parent_asin'"),
    ],
)
def test_names_the_place_of_a_review_that_cannot_be_used(shop: Path, change: dict[str, Any], found: str) -> None:
    first = _review("u1", "M1")
    offset = len(json.dumps(first)) + 1
    with pytest.raises(DataError, match=rf"Mugs\.jsonl, line 2, byte {offset}: found {found}"):
        _mugs(shop, first, _review("u2", "M1") | change, first)


@pytest.mark.parametrize("identifier", [None, "", " "])
def test_names_the_place_of_metadata_without_an_id(shop: Path, identifier: str | None) -> None:
    _write(shop / "meta_Mugs.jsonl", [_meta("M1"), _meta("M2", parent_asin=identifier)])
    with pytest.raises(DataError, match=r"meta_Mugs\.jsonl, line 2, byte \d+: found parent_asin"):
        read(shop, BOTH)


def test_an_id_is_no_path(shop: Path) -> None:
    (shop.parent / "secret.png").write_bytes(b"picture")
    items = _mugs(shop, _review("u1", "../../secret")).items
    assert items.select(schema.ITEM_ID, schema.IMAGE).rows() == [("M1", None), ("M2", None), ("../../secret", None)]


def test_empty_files_give_empty_tables(shop: Path) -> None:
    (shop / "meta_Mugs.jsonl").write_bytes(b"")
    tables = _mugs(shop)
    assert tables.interactions.schema == RAW_INTERACTION_SCHEMA
    assert tables.interactions.is_empty()
    assert tables.items.schema == ITEM_SCHEMA


def test_addresses_are_those_of_the_main_pictures(shop: Path) -> None:
    front, back = "https://example.invalid/front.jpg", "https://example.invalid/back.jpg"
    published = [
        {"thumb": "t", "large": back, "variant": "PT01", "hi_res": None},
        {"thumb": "t", "large": front, "variant": "MAIN", "hi_res": None},
    ]
    exported = {"large": ["l", "l"], "thumb": ["t", "t"], "variant": ["MAIN", "PT01"], "hi_res": [front, back]}
    entries = [_meta("M1", images=published), _meta("M2", images=exported), _meta("M3"), _meta("M1", images=exported)]
    _write(shop / "meta_Mugs.jsonl", entries)
    assert addresses(shop, BOTH) == {"M1": front, "M2": front}


COPIED = {
    "Mugs.jsonl",
    "meta_Mugs.jsonl",
    "raw_review_Lamps.jsonl.gz",
    "raw_meta_Lamps.jsonl.gz",
    "images/M1.png",
    "images/L1.jpg",
}


def test_fetch_copies_the_named_files_and_pictures_only(shop: Path, out: Path) -> None:
    facts = fetch(out, Request(location=shop, categories=CATEGORIES))
    assert _files(out) == COPIED
    assert all((out / name).read_bytes() == (shop / name).read_bytes() for name in COPIED)
    assert facts["origin"] == "local folder"
    assert "states no licence" in facts["licence"]


def test_fetch_finds_the_files_in_an_archive_and_in_the_folders_of_the_hub(shop: Path, out: Path) -> None:
    archive = shop.parent / "shop.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in sorted(_files(shop)):
            folder = (
                "images" if name.startswith("images") else f"raw/{'meta' if 'meta' in name else 'review'}_categories"
            )
            packed.write(shop / name, f"shop/{folder}/{Path(name).name}")
    fetch(out, Request(location=archive, categories=CATEGORIES))
    assert _files(out) == COPIED
    assert read(out, BOTH).interactions.equals(read(shop, BOTH).interactions)


def test_fetch_takes_files_named_one_by_one(shop: Path, out: Path) -> None:
    reviews, meta = shop / "2023 lamps.json.gz", shop / "lamps.txt"
    (shop / "raw_review_Lamps.jsonl.gz").rename(reviews)
    meta.write_bytes(gzip.decompress((shop / "raw_meta_Lamps.jsonl.gz").read_bytes()))
    request = Request(files={"reviews": reviews, "meta": meta}, categories=("Lamps",))
    fetch(out, request)
    assert _files(out) == {"Lamps.jsonl.gz", "meta_Lamps.jsonl"}
    tables = read(out, request)
    assert tables.interactions.rows() == [("u3", "L1", 4.0, MOMENT)]
    assert tables.items[schema.TITLE].to_list() == ["Title of L1"]


def test_fetch_leaves_the_pictures_where_others_are_asked_for(shop: Path, out: Path) -> None:
    fetch(out, Request(location=shop, categories=("Mugs",), pictures="addresses"))
    assert _files(out) == {"Mugs.jsonl", "meta_Mugs.jsonl"}


@pytest.mark.parametrize("name", ["Mugs.jsonl", "images/M1.png"])
def test_fetch_refuses_links_out_of_the_folder(shop: Path, tmp_path: Path, out: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("private")
    (shop / name).unlink()
    (shop / name).symlink_to(outside)
    with pytest.raises(DataError, match=r"is a link that leads out of .*shop"):
        fetch(out, Request(location=shop, categories=CATEGORIES))


def test_fetch_says_what_is_missing(shop: Path, out: Path) -> None:
    for incomplete in (Request(categories=CATEGORIES), Request(location=shop)):
        with pytest.raises(ParamsError, match=r"needs `location:` .* and `categories:`"):
            fetch(out, incomplete)
    with pytest.raises(ParamsError, match=r"with `files:` needs exactly one name under `categories:`"):
        fetch(out, Request(files={"reviews": shop / "Mugs.jsonl"}, categories=CATEGORIES))
    with pytest.raises(MissingArtefactError, match=r"`files:` in params.yaml has no file .* expected Mugs\.jsonl"):
        fetch(out, Request(files={"meta": shop / "meta_Mugs.jsonl"}, categories=("Mugs",)))
    with pytest.raises(UnknownNameError, match=r"unknown file under `files:` of layout amazon-2023 'review'"):
        fetch(out, Request(files={"review": shop / "Mugs.jsonl"}, categories=("Mugs",)))
    with pytest.raises(MissingArtefactError, match="nowhere is not there"):
        fetch(out, Request(location=shop / "nowhere", categories=CATEGORIES))
    with pytest.raises(MissingArtefactError, match=r"category Rugs: expected Rugs\.jsonl or Rugs\.jsonl\.gz"):
        fetch(out, Request(location=shop, categories=("Rugs",)))
    assert _files(out) == set()


def test_two_files_for_one_category_are_ambiguous(shop: Path) -> None:
    _write(shop / "Mugs.jsonl.gz", [])
    with pytest.raises(DataError, match=r"Mugs\.jsonl and Mugs\.jsonl\.gz for category Mugs: keep one"):
        read(shop, BOTH)


def test_an_archive_named_for_one_role_holds_one_file(shop: Path, out: Path) -> None:
    archive = shop.parent / "lamps.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(shop / "Mugs.jsonl", "export/reviews.jsonl")
    request = Request(files={"reviews": archive}, categories=("Mugs",))
    fetch(out, request)
    assert (out / "Mugs.jsonl").read_bytes() == (shop / "Mugs.jsonl").read_bytes()
    with zipfile.ZipFile(archive, "a") as packed:
        packed.write(shop / "Mugs.jsonl", "export/again.jsonl")
    with pytest.raises(ParamsError, match=r"lamps\.zip holds 2 files; `reviews:` in params.yaml must name one"):
        fetch(out, request)
