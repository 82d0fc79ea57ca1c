"""An invented miniature with the dirt of real files; the real ones too, where EXPLAINREC_REAL_DATA names them."""

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.data import schema
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.data.request import Request
from explainrec_models.data.sources.amazon_2018 import addresses, fetch, read
from explainrec_models.errors import DataError, MissingArtefactError, UnknownNameError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"), "amazon2018_5core")
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with amazon2018_5core/")
DAY = 1_500_000_000
MUGS = Request(categories=("Mugs",))
PICTURE = "https://images-na.ssl-images-amazon.com/images/I/31Q"


def _review(user: str, item: str, **fields: Any) -> dict[str, Any]:
    entry = {
        "overall": 4.0,
        "verified": True,
        "reviewTime": "07 14, 2017",
        "reviewerID": user,
        "asin": item,
        "style": {"Size:": " Big"},
        "summary": "Fine",
        "unixReviewTime": DAY,
    }
    return entry | fields


def _meta(item: str, **fields: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "category": ["Home", "Mugs"],
        "tech1": "",
        "description": ["Holds tea."],
        "title": f"Mug {item}",
        "also_buy": ["M9"],
        "also_view": [],
        "image": [f"{PICTURE}._SX38_SY50_CR,0,0,38,50_.jpg"],
        "brand": "Kiln",
        "feature": [],
        "rank": [],
        "details": {"Colour:": " Moss"},
        "main_cat": "Home",
        "similar_item": "",
        "date": "",
        "price": "",
        "asin": item,
    }
    return entry | fields


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\r\n\r\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    again = [_review("u1", "M1", overall=1.0, unixReviewTime=DAY + 86_400 * number) for number in range(1, 31)]
    _write(
        folder / "Mugs_5.json.gz",
        [
            *again,
            _review("u1", "M1", overall=5.0, vote="1,913"),
            _review("u1", "M1", overall=2.0, style={"Size:": " Small"}),
            _review("u2", "M2", image=["https://example.invalid/1.jpg"], reviewText="Fine."),
            _review("u2", "M3"),
            _review("u2", "M9"),
        ],
    )
    _write(
        folder / "meta_Mugs.json.gz",
        [
            _meta("M1", rank="1 in Mugs", price="$1,250.00", main_cat='<img src="x" alt="Mugs"/>'),
            _meta("M2", title='<span class="a-size-medium a-color-secondary"', rank=["1 in Mugs"], price=".a-box{b:c}"),
            _meta("M3", imageURL=[f"{PICTURE}3._SR80,60_.jpg"], imageURLHighRes=[f"{PICTURE}4.jpg"], image=None),
            _meta("M1", title="Another", image=[]),
        ],
    )
    (folder / "diary.txt").write_text("not for anyone")
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
        ("u2", "M3", 4.0, DAY * 1000),
        ("u2", "M9", 4.0, DAY * 1000),
    ]


def test_reads_items_and_counts_what_was_left_out_or_filled_in(shop: Path) -> None:
    tables = read(shop, MUGS)
    words = ["category:Mugs", "store:Kiln", "colour:Moss"]
    assert tables.items.schema == ITEM_SCHEMA
    assert tables.items.rows() == [
        ("M1", "Mug M1", words, "Holds tea.", None, "Mugs"),
        ("M2", "M2", words, "Holds tea.", None, "Mugs"),
        ("M3", "Mug M3", words, "Holds tea.", None, "Mugs"),
        ("M9", "M9", [], "", None, "Mugs"),
    ]
    assert {reason: count for reason, count in tables.dropped.items() if count} == {
        "items_without_metadata": 1,
        "items_without_title": 1,
        "repeated_metadata": 1,
        "repeated_reviews": 31,
    }


def test_addresses_are_those_of_the_first_entry_in_full_size(shop: Path) -> None:
    assert addresses(shop, MUGS) == {"M1": f"{PICTURE}.jpg", "M2": f"{PICTURE}.jpg", "M3": f"{PICTURE}4.jpg"}


def test_fetches_the_named_categories_unchanged(shop: Path, out: Path) -> None:
    result = fetch(out, Request(location=shop, categories=("Mugs",)))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        name: (shop / name).read_bytes() for name in ("Mugs_5.json.gz", "meta_Mugs.json.gz")
    }
    assert "states no licence" in result["licence"]


@pytest.mark.parametrize(("reviews", "meta"), [("rows.json.gz", "items.json.gz"), ("rows.json", "items.json")])
def test_files_may_have_names_of_their_own(shop: Path, out: Path, reviews: str, meta: str) -> None:
    expected = read(shop, MUGS)
    for held, own in (("Mugs_5.json.gz", reviews), ("meta_Mugs.json.gz", meta)):
        content = (shop / held).read_bytes()
        (shop / own).write_bytes(content if own.endswith(".gz") else gzip.decompress(content))
    fetch(out, Request(files={"reviews": shop / reviews, "meta": shop / meta}, categories=("Mugs",)))
    tables = read(out, MUGS)
    assert tables.interactions.equals(expected.interactions)
    assert tables.items.equals(expected.items)


def test_ratings_alone_are_read(shop: Path, out: Path) -> None:
    (shop / "Mugs_5.json.gz").unlink()
    (shop / "Mugs.csv").write_text(f"M1,u1,5.0,{DAY}\nM1,u1,1.0,{DAY}\nM9,u1,3.0,{DAY}\n")
    fetch(out, Request(location=shop, categories=("Mugs",)))
    tables = read(out, MUGS)
    assert tables.interactions.rows() == [("u1", "M1", 5.0, DAY * 1000), ("u1", "M9", 3.0, DAY * 1000)]
    assert tables.dropped["repeated_reviews"] == 1
    assert tables.dropped["items_without_metadata"] == 1


@pytest.mark.parametrize("other", ["Mugs.json.gz", "Mugs.json", "Mugs.csv"])
def test_two_files_of_reviews_are_refused_by_name(shop: Path, out: Path, other: str) -> None:
    shutil.copy(shop / "Mugs_5.json.gz", shop / other)
    names = rf"({other} and Mugs_5\.json\.gz|Mugs_5\.json\.gz and {other}) for category Mugs: keep one of them"
    with pytest.raises(DataError, match=names):
        fetch(out, Request(location=shop, categories=("Mugs",)))
    assert not list(out.iterdir())


def test_a_category_that_is_not_there_is_told(shop: Path, out: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"no file for category Lamps: expected Lamps\.json or .*Lamps\.csv"):
        fetch(out, Request(location=shop, categories=("Lamps",)))


def test_a_role_that_is_not_known_is_told(shop: Path, out: Path) -> None:
    request = Request(files={"review": shop / "Mugs_5.json.gz"}, categories=("Mugs",))
    with pytest.raises(UnknownNameError, match=r"amazon-2018 reads reviews, ratings, meta"):
        fetch(out, request)


def test_metadata_may_be_missing(shop: Path) -> None:
    (shop / "meta_Mugs.json.gz").unlink()
    tables = read(shop, MUGS)
    assert tables.items[schema.TITLE].to_list() == ["M1", "M2", "M3", "M9"]
    assert tables.dropped["categories_without_metadata"] == 1
    assert addresses(shop, MUGS) == {}


def test_names_the_place_of_metadata_without_an_id(shop: Path) -> None:
    _write(shop / "meta_Mugs.json.gz", [_meta("M1"), _meta("M2", asin=None)])
    with pytest.raises(DataError, match=r"meta_Mugs\.json\.gz, line 3, byte \d+: found asin None"):
        read(shop, MUGS)


def test_files_cut_short_are_refused(shop: Path) -> None:
    packed = (shop / "meta_Mugs.json.gz").read_bytes()
    (shop / "meta_Mugs.json.gz").write_bytes(packed[:-20])
    with pytest.raises(DataError, match=r"meta_Mugs\.json\.gz, line 1, byte 0: found gzip data that ends"):
        read(shop, MUGS)


@needs_real
@pytest.mark.parametrize(
    ("category", "reviews", "users", "items", "pairs"),
    [
        ("All_Beauty", 5_269, 991, 85, 4_092),
        ("AMAZON_FASHION", 3_176, 406, 31, 3_042),
        ("Gift_Cards", 2_972, 458, 148, 2_965),
    ],
)
def test_real_files_hold_what_was_counted(
    category: str, reviews: int, users: int, items: int, pairs: int, out: Path
) -> None:
    fetch(out, Request(location=REAL, categories=(category,)))
    tables = read(out, Request(categories=(category,)))
    rows = tables.interactions
    assert rows.height == pairs
    assert rows.height + tables.dropped["repeated_reviews"] == reviews
    assert rows[schema.USER_ID].n_unique() == users
    assert rows[schema.ITEM_ID].n_unique() == items


@needs_real
def test_real_metadata_cover_every_item_that_was_reviewed(out: Path) -> None:
    fetch(out, Request(location=REAL, categories=("Gift_Cards",)))
    request = Request(categories=("Gift_Cards",))
    tables = read(out, request)
    reviewed = tables.interactions[schema.ITEM_ID].cast(str).unique().to_list()
    described = tables.items.filter(tables.items[schema.ITEM_ID].is_in(reviewed))
    assert described.height == 148
    assert (described[schema.TITLE] != described[schema.ITEM_ID]).all()
    assert len(addresses(out, request).keys() & set(reviewed)) == 116
    assert tables.dropped["items_without_metadata"] == 0
