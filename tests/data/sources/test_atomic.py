"""Invented atomic files; the real ones too, where EXPLAINREC_REAL_DATA names their folder."""

import gzip
import os
import re
import tarfile
from functools import partial
from pathlib import Path

import invented_tables
import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.loading import layout_names
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.sources.atomic import fetch
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError, UnknownNameError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))
loaded = partial(invented_tables.loaded, layout="atomic")
needs_real = pytest.mark.skipif(
    not (REAL / "movielens-100k").is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files"
)
FILES = {
    "toys.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "u\t1\t4.5\t1700000000\nu\t2\t3\t1700000001.5\nv\t1\t1\t1.700000002e9\n",
    "toys.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    '1\tThe 7" Moth\t1999\tDrama War\n2\t"Say ""so"""\t\tunknown\n',
    "toys.user": "user_id:token\tage:token\nu\t7\n",
    "toys.kg": "head_id:token\trelation_id:token\ttail_id:token\n",
}
EXPECTED = [
    ("u", "1", 4.5, 1_700_000_000_000),
    ("u", "2", 3.0, 1_700_000_001_500),
    ("v", "1", 1.0, 1_700_000_002_000),
]


def unpacked(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    return folder


def of_files(tmp_path: Path, files: dict[str, str]) -> RawTables:
    return loaded(tmp_path, Request(location=unpacked(tmp_path / "toys", files)))


def counted(tables: RawTables) -> dict[str, int]:
    return {reason: count for reason, count in tables.dropped.items() if count}


def tarred(tmp_path: Path, folder: Path) -> Path:
    path = tmp_path / "toys.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, "any/toys")
    return path


@pytest.mark.parametrize("packed", [lambda _, folder: folder, tarred])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_whole_dataset_in_every_packing(tmp_path: Path, suffix: str, packed: object) -> None:
    assert callable(packed)
    folder = unpacked(tmp_path / "toys", {name + suffix: content for name, content in FILES.items()})
    tables = loaded(tmp_path, Request(location=packed(tmp_path, folder)))
    assert tables.interactions.schema == RAW_INTERACTION_SCHEMA
    assert tables.interactions.rows() == EXPECTED
    assert not tables.implicit
    assert tables.items.schema == ITEM_SCHEMA
    assert tables.items.rows() == [
        ("1", 'The 7" Moth', ["decade:1990s", "class:Drama", "class:War"], "", None, ""),
        ("2", 'Say "so"', [], "", None, ""),
    ]
    assert counted(tables) == {"fields_in_quotes": 1}
    brought = {path.name: path.read_bytes() for path in (tmp_path / "raw").iterdir()}
    assert brought == {path.name: path.read_bytes() for path in folder.iterdir() if ".kg" not in path.name}


def test_one_file_without_ratings_times_and_items(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, {"clicks.inter": "user_id:token\titem_id:token\nu\t1\nu\t2\nu\t1\n \t2\n"})
    tables = loaded(tmp_path, Request(location=folder / "clicks.inter"))
    assert tables.implicit
    assert tables.interactions.rows() == [("u", "1", 1.0, 1), ("u", "2", 1.0, 2)]
    assert counted(tables) == {
        "ids_with_blanks": 1,
        "items_without_metadata": 2,
        "repeated_pairs": 1,
        "rows_without_user_id": 1,
    }


def test_labels_stand_for_ratings(tmp_path: Path) -> None:
    files = {"a.inter": FILES["toys.inter"].replace("rating:", "label:")}
    tables = of_files(tmp_path, files)
    assert tables.interactions.rows() == EXPECTED
    assert not tables.implicit


def test_published_parts(tmp_path: Path) -> None:
    header, *rows = FILES["toys.inter"].splitlines(keepends=True)
    parts = {f"toys.{part}.inter": header + row for part, row in zip(("train", "valid", "test"), rows, strict=True)}
    tables = of_files(tmp_path, parts)
    assert tables.interactions.schema == {**RAW_INTERACTION_SCHEMA, schema.SPLIT: pl.Enum(["train", "valid", "test"])}
    assert tables.interactions.rows() == [
        (*row, part) for row, part in zip(EXPECTED, ("train", "valid", "test"), strict=True)
    ]


def test_parts_without_times_follow_one_another(tmp_path: Path) -> None:
    parts = {
        f"t.{part}.inter": f"user_id:token\titem_id:token\nu\t{part}\nv\tx\n" for part in ("test", "train", "valid")
    }
    tables = of_files(tmp_path, parts)
    assert tables.interactions.select(schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP, schema.SPLIT).rows() == [
        ("u", "train", 1, "train"),
        ("v", "x", 2, "train"),
        ("u", "valid", 3, "valid"),
        ("u", "test", 5, "test"),
    ]
    assert tables.dropped["repeated_pairs"] == 2


def test_files_named_one_by_one(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "mine", {"events.tsv": FILES["toys.inter"], "things.tsv.gz": FILES["toys.item"]})
    files = {"inter": folder / "events.tsv", "item": folder / "things.tsv.gz"}
    tables = loaded(tmp_path, Request(files=files))
    assert tables.interactions.rows() == EXPECTED
    assert tables.items[schema.TITLE].to_list() == ['The 7" Moth', 'Say "so"']
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == ["named.inter", "named.item.gz"]


def test_what_the_columns_of_items_become(tmp_path: Path) -> None:
    header = [
        "item_id:token",
        "title:token_seq",
        "description:token_seq",
        "review:token_seq",
        "categories:token_seq",
        "mood:token_seq",
        "brand:token",
        "address:token",
        "price:float",
        "year:float",
    ]
    long = "one two three four five six seven"
    rows = [
        ["1", "A &amp; b", "Plain.", long, "'Video Games', 'PC'", "calm", "Ada", "x/1", "3.5", "1987.0"],
        ["2", "", "", "", "'PC'", "calm wild", "Ada", "x/2", "", ""],
        ["1", "again", "", "", "", "", "Bo", "x/3", "", ""],
        ["3", "C", "<b>Bold</b>", "", "", "", "Bo", "x/4", "", "soon"],
        ["", "D", "", "", "", "", "", "", "", ""],
    ]
    content = "".join("\t".join(row) + "\n" for row in [header, *rows])
    tables = of_files(tmp_path, {"toys.inter": FILES["toys.inter"], "toys.item": content})
    assert tables.items.rows() == [
        (
            "1",
            "A & b",
            ["categories:Video Games", "categories:PC", "mood:calm", "brand:Ada", "decade:1980s"],
            f"Plain. {long}",
            None,
            "",
        ),
        ("2", "2", ["categories:PC", "mood:calm", "mood:wild", "brand:Ada"], "", None, ""),
        ("3", "C", ["brand:Bo"], "Bold", None, ""),
    ]
    assert counted(tables) == {
        "items_with_markup_in_text": 1,
        "items_with_markup_in_title": 1,
        "items_without_id": 1,
        "items_without_title": 1,
        "repeated_items": 1,
        "unused_item_columns": 2,
    }


def test_titles_in_latin_1(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "toys", FILES)
    (folder / "toys.item").write_bytes("item_id:token\ttitle:token_seq\n1\tMisère\n".encode("latin-1"))
    assert loaded(tmp_path, Request(location=folder)).items[schema.TITLE].to_list() == ["Misère", "2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found an empty file, expected a header such as user_id:token"),
        ("user_id\titem_id\n1\t2\n", "found the column 'user_id', expected name:type between tabs"),
        ("user_id:token,item_id:token\n1,2\n", "found the columns user_id:token,item_id, expected a column 'user_id'"),
        ("user_id:token\titem:token\n1\t2\n", "expected a column 'item_id' (nearest: 'item') in the header"),
        ("user_id:token\tuser_id:float\n1\t2\n", "found the column 'user_id' twice"),
        ("user_id:token\titem_id:token\n1\n", "line 2, byte 28: found 1 fields"),
        ("user_id:token\titem_id:token\trating:float\n1\t2\tx\n", "line 2, byte 41: found rating 'x'"),
        ("user_id:token\titem_id:token\titem_id_list:token_seq\n1\t2\t3 4\n", "layout llmrank reads histories"),
        ("user_id:token\titem_id:token\n1\t\0\n", "line 2, byte 30: found a NUL byte"),
    ],
)
def test_interactions_that_are_none(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        of_files(tmp_path, {"toys.inter": content})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["toys.item", "toys.kg"],
            "found toys.item, toys.kg, expected *.inter, or *.train.inter and *.valid.inter and",
        ),
        (["a.train.inter", "a.test.inter"], "expected *.inter, or *.train.inter and *.valid.inter and *.test.inter"),
        (
            ["a.inter", "b.inter"],
            "holds both a.inter and b.inter: keep one dataset there, or name one file as `inter:`",
        ),
    ],
)
def test_a_folder_that_is_not_one_dataset(tmp_path: Path, names: list[str], message: str) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    with pytest.raises(DataError, match=re.escape(message)):
        fetch(raw, Request(location=unpacked(tmp_path / "toys", dict.fromkeys(names, "x\n"))))
    assert not list(raw.iterdir())


def test_parts_that_do_not_agree(tmp_path: Path) -> None:
    parts = {f"t.{part}.inter": "user_id:token\titem_id:token\nu\t1\n" for part in ("train", "valid")}
    with pytest.raises(DataError, match="the parts have different columns"):
        of_files(tmp_path, {**parts, "t.test.inter": FILES["toys.inter"]})
    whole = {**parts, "t.test.inter": parts["t.train.inter"], "t.inter": FILES["toys.inter"]}
    (tmp_path / "other").mkdir()
    with pytest.raises(DataError, match="holds both all interactions and parts of them"):
        of_files(tmp_path / "other", whole)


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (Request(), ParamsError, "layout atomic needs `location:`"),
        (Request(location=Path("x"), columns={"user_id": "u"}), ParamsError, "layout atomic has no `columns:`"),
        (Request(files={"items": Path("r")}), UnknownNameError, "unknown file under `files:` of layout atomic"),
        (Request(files={"item": Path("r.item")}), DataError, "`files:` in params.yaml has not the files"),
        (Request(location=Path("nowhere-at-all")), MissingArtefactError, "nowhere-at-all is not there"),
    ],
)
def test_what_cannot_be_fetched(tmp_path: Path, request_: Request, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        fetch(tmp_path, request_)
    assert not list(tmp_path.iterdir())


def test_the_layout_is_known() -> None:
    assert "atomic" in layout_names()


@needs_real
def test_real_movielens_100k(tmp_path: Path) -> None:
    tables = loaded(tmp_path, Request(location=REAL / "movielens-100k"))
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == [
        "ml-100k.inter",
        "ml-100k.item",
        "ml-100k.user",
    ]
    rows = tables.interactions
    assert (rows.height, rows[schema.USER_ID].n_unique(), rows[schema.ITEM_ID].n_unique()) == (100_000, 943, 1_682)
    assert rows.row(0) == ("196", "242", 3.0, 881_250_949_000)
    assert rows[schema.RATING].sum() == 352_986
    assert tables.items.height == 1_682
    assert tables.items.row(0)[:3] == (
        "1",
        "Toy Story",
        ["decade:1990s", "class:Animation", "class:Children's", "class:Comedy"],
    )
    assert tables.items[schema.ATTRIBUTES].explode().drop_nulls().n_unique() == 18 + 8
    assert counted(tables) == {}
