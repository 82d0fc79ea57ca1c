"""An invented miniature; the published Games files too, where EXPLAINREC_REAL_DATA names their folder."""

import gzip
import os
import re
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.loading import layout_names, read_raw
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.sources.llmrank import fetch
from explainrec_models.errors import DataError, ParamsError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))
GAMES = REAL / "amazon2018_games_llmrank"
needs_real = pytest.mark.skipif(
    not GAMES.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files"
)
HEADER = "user_id:token\titem_id_list:token_seq\titem_id:token\n"
TEST = [("u", "a b c", "d"), ("v", "b", "a")]
VALID = [("u", "a b", "c"), ("v", "", "b")]
ITEM = 'item_id:token\ttitle:token_seq\na\tKart &amp; "Kite"\nb\tBall\nd\t\n'


def events(rows: list[tuple[str, str, str]]) -> str:
    return HEADER + "".join("\t".join(row) + "\n" for row in rows)


FILES = {
    "Toys.test.inter": events(TEST),
    "Toys.valid.inter": events(VALID),
    "Toys.item": ITEM,
    "Toys.random": "v\td c a\nu\tb d\n",
}


def of_files(tmp_path: Path, files: dict[str, str], *, suffix: str = "") -> RawTables:
    folder, raw = tmp_path / "toys", tmp_path / "raw"
    folder.mkdir()
    raw.mkdir()
    for name, content in files.items():
        data = content.encode()
        (folder / (name + suffix)).write_bytes(gzip.compress(data) if suffix else data)
    request = Request(location=folder)
    assert "MIT" in fetch(raw, request)["licence"]
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    return read_raw(raw, layout="llmrank", request=request)


def counted(tables: RawTables) -> dict[str, int]:
    return {reason: count for reason, count in tables.dropped.items() if count}


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_whole_dataset(tmp_path: Path, suffix: str) -> None:
    tables = of_files(tmp_path, FILES, suffix=suffix)
    assert tables.implicit
    parts = pl.Enum(["train", "valid", "test"])
    assert tables.interactions.schema == {**RAW_INTERACTION_SCHEMA, schema.SPLIT: parts}
    assert tables.interactions.rows() == [
        ("u", "a", 1.0, 1, "train"),
        ("u", "b", 1.0, 2, "train"),
        ("u", "c", 1.0, 3, "valid"),
        ("u", "d", 1.0, 4, "test"),
        ("v", "b", 1.0, 1, "valid"),
        ("v", "a", 1.0, 2, "test"),
    ]
    assert tables.items.select(schema.ITEM_ID, schema.TITLE).rows() == [
        ("a", 'Kart & "Kite"'),
        ("b", "Ball"),
        ("d", "d"),
        ("c", "c"),
    ]
    assert tables.candidates is not None
    assert tables.candidates.rows() == [("v", "d"), ("v", "c"), ("v", "a"), ("u", "b"), ("u", "d")]
    assert counted(tables) == {
        "items_with_markup_in_title": 1,
        "items_without_metadata": 1,
        "items_without_title": 1,
    }


def test_without_titles_and_candidates(tmp_path: Path) -> None:
    tables = of_files(tmp_path, {name: FILES[name] for name in ("Toys.test.inter", "Toys.valid.inter")})
    assert tables.candidates is None
    assert tables.items[schema.TITLE].to_list() == ["a", "b", "c", "d"]


def test_histories_that_are_cut_at_their_beginning(tmp_path: Path) -> None:
    names = [f"i{number}" for number in range(52)]
    files = {
        "Toys.test.inter": events([("u", " ".join(names[1:51]), names[51])]),
        "Toys.valid.inter": events([("u", " ".join(names[:50]), names[50])]),
    }
    tables = of_files(tmp_path, files)
    assert tables.interactions[schema.ITEM_ID].to_list() == names
    assert tables.dropped["histories_perhaps_cut"] == 1


def test_repeated_events_and_strange_candidates(tmp_path: Path) -> None:
    files = {
        "Toys.test.inter": events([("u", "a b a", "c")]),
        "Toys.valid.inter": events([("u", "a b", "a")]),
        "Toys.random": "u\tb z b\nw\ta b\n",
    }
    tables = of_files(tmp_path, files)
    assert tables.interactions[schema.ITEM_ID].to_list() == ["a", "b", "c"]
    assert tables.candidates is not None
    assert tables.candidates.rows() == [("u", "b")]
    assert counted(tables) == {
        "candidates_of_unknown_items": 1,
        "candidates_of_unknown_users": 2,
        "items_without_metadata": 3,
        "repeated_candidates": 1,
        "repeated_events": 1,
    }


@pytest.mark.parametrize(
    ("test", "valid", "message"),
    [
        (
            TEST,
            VALID[:1],
            "Toys.test.inter, line 3, byte 61: found user 'v', expected a user that is also in Toys.valid",
        ),
        (
            TEST[:1],
            VALID,
            "Toys.valid.inter, line 3, byte 59: found user 'v', expected a user that is also in Toys.test",
        ),
        ([*TEST, TEST[0]], VALID, "Toys.test.inter, line 4, byte 67: found user 'u', expected each user once"),
        ([("u", "a c b", "d"), TEST[1]], VALID, "Toys.test.inter, line 2, byte 51: found user 'u', expected a history"),
        ([("u", "c", "d"), TEST[1]], VALID, "expected a history that ends with the history and the item of Toys.valid"),
        ([("u", "a b c", "")], VALID, "Toys.test.inter, line 2, byte 51: found nothing as item_id:token"),
    ],
)
def test_files_that_contradict_one_another(
    tmp_path: Path, test: list[tuple[str, str, str]], valid: list[tuple[str, str, str]], message: str
) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        of_files(tmp_path, {"Toys.test.inter": events(test), "Toys.valid.inter": events(valid)})


def test_what_cannot_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="layout llmrank needs `location:`"):
        fetch(tmp_path, Request())
    with pytest.raises(DataError, match=r"found Toys.item, expected \*.test.inter and \*.valid.inter"):
        of_files(tmp_path, {"Toys.item": ITEM})


def test_the_layout_is_known() -> None:
    assert "llmrank" in layout_names()


@needs_real
def test_the_published_games(tmp_path: Path) -> None:
    request = Request(location=GAMES)
    fetch(tmp_path, request)
    tables = read_raw(tmp_path, layout="llmrank", request=request)
    rows = tables.interactions
    assert (rows.height, rows[schema.USER_ID].n_unique(), rows[schema.ITEM_ID].n_unique()) == (440_264, 50_546, 16_859)
    assert dict(rows.group_by(schema.SPLIT).len().iter_rows()) == {"train": 339_172, "valid": 50_546, "test": 50_546}
    assert rows.group_by(schema.USER_ID).len()["len"].max() == 50
    assert tables.items.height == 16_859
    assert tables.candidates is not None
    assert tables.candidates.height == 600_000
    assert tables.candidates.group_by(schema.USER_ID, maintain_order=True).len()["len"].to_list() == [100] * 6_000
    assert tables.candidates.row(0) == ("40610", "14612")
    assert counted(tables) == {"histories_perhaps_cut": 371, "items_with_markup_in_title": 859}
