"""Invented delimited tables of every kind that a user may have, clean and dirty."""

import gzip
import re
import zipfile
from pathlib import Path

import pytest
from invented_tables import (
    COLUMNS,
    EXPECTED,
    ROWS,
    SECONDS,
    counted,
    loaded,
    of_rows,
    written,
)

from explainrec_models.data import schema
from explainrec_models.data.loading import layout_names
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.data.request import Request
from explainrec_models.data.sources.table import fetch
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError, UnknownNameError


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("name", ["mine.csv", "mine.CSV", "mine.tsv.gz", "mine.txt"])
def test_delimited_text_of_every_kind(tmp_path: Path, separator: str, name: str) -> None:
    path = written(tmp_path / name, ROWS, separator=separator)
    tables = loaded(tmp_path, Request(location=path, columns=COLUMNS))
    assert tables.interactions.schema == RAW_INTERACTION_SCHEMA
    assert tables.interactions.rows() == EXPECTED
    assert not tables.implicit
    assert tables.items.schema == ITEM_SCHEMA
    assert tables.items.rows() == [("7", "7", [], "", None, ""), ("9", "9", [], "", None, "")]
    assert counted(tables) == {"items_without_metadata": 2}


def test_files_are_brought_unchanged_out_of_an_archive(tmp_path: Path) -> None:
    path = written(tmp_path / "mine.csv", ROWS)
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.write(path, "deep/mine.csv")
        archive.writestr("__MACOSX/deep/._mine.csv", "shadow")
        archive.writestr("README.md", "Invented.")
    tables = loaded(tmp_path, Request(location=tmp_path / "mine.zip", columns=COLUMNS))
    assert tables.interactions.rows() == EXPECTED
    assert [brought.name for brought in (tmp_path / "raw").iterdir()] == ["interactions.csv"]
    assert (tmp_path / "raw" / "interactions.csv").read_bytes() == path.read_bytes()


def test_a_workbook_export_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = written(tmp_path / "mine.csv", ROWS, separator=";")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert loaded(tmp_path, Request(location=path, columns=COLUMNS)).interactions.rows() == EXPECTED


def test_columns_of_our_names_need_no_mapping(tmp_path: Path) -> None:
    path = written(tmp_path / "mine.csv", ROWS, header=["user_id", "item_id", "rating", "timestamp", "note"])
    assert loaded(tmp_path, Request(location=path)).interactions.rows() == EXPECTED


def test_without_rating_and_time(tmp_path: Path) -> None:
    tables = of_rows(
        tmp_path, *ROWS, ["", "9", "", "", ""], ROWS[0], ["bob", "9", "", "", ""], user_id="Customer", item_id="SKU"
    )
    assert tables.implicit
    assert tables.interactions.rows() == [
        ("ann", "7", 1, 1),
        ("bob", "7", 1, 2),
        ("ann", "9", 1, 3),
        ("bob", "9", 1, 6),
    ]
    assert counted(tables) == {"items_without_metadata": 2, "repeated_pairs": 1, "rows_without_user_id": 1}


def test_dirt_is_left_out_or_repaired_and_counted(tmp_path: Path) -> None:
    moment = str(SECONDS + 5)
    tables = of_rows(
        tmp_path,
        *ROWS,
        ["ann", "7", "1", moment, "later again"],
        ["ann", "9", "3", str(SECONDS), "earlier"],
        [" bob ", "9", "3", moment, ""],
        ["  ", "9", "3", moment, ""],
        ["cid", "", "", "", ""],
        ["cid", "9", "NaN", moment, ""],
        ["cid", "9", "3", "NULL", ""],
        ["cid", "9", "3", "0", ""],
        ["cid", "9", "3", "-1", ""],
    )
    assert tables.interactions.rows() == [
        *EXPECTED[:2],
        ("ann", "9", 3.0, SECONDS * 1000),
        ("bob", "9", 3.0, int(moment) * 1000),
    ]
    assert counted(tables) == {
        "ids_with_blanks": 2,
        "items_without_metadata": 2,
        "repeated_pairs": 2,
        "rows_without_item_id": 1,
        "rows_without_rating": 1,
        "rows_without_time": 3,
        "rows_without_user_id": 1,
    }


@pytest.mark.parametrize(
    ("written_as", "naive"),
    [
        (("1700000000", "1700000001", "1700000002"), 0),
        (("1700000000000", "1700000001000", "1700000002000"), 0),
        (("1700000000000000", "1700000001000000", "1700000002000000"), 0),
        (("1700000000000000000", "1700000001000000000", "1700000002000000999"), 0),
        (("1700000000.0", "1700000001", "1.700000002e9"), 0),
        (("2023-11-14T22:13:20Z", "2023-11-14 23:13:21+01:00", "2023-11-14T20:13:22.000-0200"), 0),
        (("2023-11-14 22:13:20", "2023-11-14T22:13:21.000", "2023-11-14T22:13:22 UTC"), 2),
    ],
)
def test_times_of_every_kind(tmp_path: Path, written_as: tuple[str, ...], naive: int) -> None:
    rows = [[*row[:3], moment, ""] for row, moment in zip(ROWS, written_as, strict=True)]
    tables = of_rows(tmp_path, *rows)
    assert tables.interactions.rows() == EXPECTED
    assert tables.dropped.get("timestamps_without_zone", 0) == naive


def test_days_and_parts_of_seconds(tmp_path: Path) -> None:
    rows = [["a", "1", "1", "2024-02-29", ""], ["a", "2", "1", "2024-03-01 00:00", ""]]
    assert of_rows(tmp_path, *rows).interactions[schema.TIMESTAMP].diff().to_list() == [None, 86_400_000]
    (tmp_path / "other").mkdir()
    rows = [["a", "1", "1", "1700000000.25", ""], ["a", "2", "1", "1700000000.5", ""]]
    moments = of_rows(tmp_path / "other", *rows).interactions[schema.TIMESTAMP].to_list()
    assert moments == [1_700_000_000_250, 1_700_000_000_500]


def test_numbers_of_an_order_are_kept_from_zero_on(tmp_path: Path) -> None:
    rows = [["a", str(number), "1", str(number), ""] for number in range(3)]
    assert of_rows(tmp_path, *rows).interactions[schema.TIMESTAMP].to_list() == [0, 1000, 2000]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ["eve", "9", "3,5", "1", ""],
            "line 5, byte 108: found rating '3,5', expected a number with a decimal point, as in 3.5, not with a comma",
        ),
        (["eve", "9", "good", "1", ""], "found rating 'good', expected a number with a decimal point, as in 3.5"),
        (["eve", "9", "1e999", "1", ""], "found rating inf, expected a number of usual size"),
        (["eve", "9", "3", "1700000000000", ""], "expected seconds since 1970, as in the first row"),
        (["eve", "9", "3", "2024-01-31", ""], "found timestamp '2024-01-31', expected seconds"),
        (["eve", "9", "3", "yesterday", ""], "; the first row has a number"),
        (["eve", "9", "3", "1"], "line 5, byte 108: found 4 fields between ','"),
    ],
)
def test_a_value_that_is_not_of_its_column(tmp_path: Path, row: list[str], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)) as error:
        of_rows(tmp_path, *ROWS, row)
    assert "interactions.csv, line 5, byte " in str(error.value)


@pytest.mark.parametrize("moment", ["2024-02-30", "31/01/2024", "2024-01-31T25:00:00Z", "17000"])
def test_a_date_that_is_none(tmp_path: Path, moment: str) -> None:
    rows = [["a", "1", "1", "2024-02-29", ""], ["a", "2", "1", moment, ""]]
    with pytest.raises(DataError, match=rf"line 3, byte 47: found timestamp '{moment}', .* the first row has a date"):
        of_rows(tmp_path, *rows)


def test_no_usable_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no usable row; left out: rows_without_user_id 1"):
        of_rows(tmp_path, ["", "9", "3", "1", ""])
    with pytest.raises(DataError, match="it holds no row at all"):
        of_rows(_folder(tmp_path / "other"))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found an empty first line, expected the names of the columns"),
        (b"PAR1 and so on", "found a Parquet file: give it the suffix .parquet"),
        (b"PK\x03\x04 and so on", "found an archive or a workbook: export its sheet as CSV"),
        ("user_id,item_id\na,b\n".encode("utf-16"), "found text in UTF-16: save it as UTF-8"),
        (b"user_id,item\0_id\na,b\n", "found a NUL byte, expected delimited text in UTF-8"),
        (b"user_id,item_id\na,b\nc,\0d\n", "line 3, byte 22: found a NUL byte, expected text"),
        (b"user_id,item_id,\xe9\na,b,c\n", "byte 0xe9 after 16 good bytes"),
        (b"user_id,item_id\na,b\nJos\xe9,b\n", "line 3, byte 20: found byte 0xe9 after 3 good bytes"),
        (b"user_id|item_id\na|b\n", "expected a header of several columns between a comma, a tab, a semicolon"),
        (b'user_id,item_id\na,"b\n', "line 2, byte 16: found quotes that do not match"),
        (b"user_id,user_id,item_id\na,b,c\n", "'user_id' only once in the header"),
        (gzip.compress(b"user_id,item_id\na,b\n", mtime=0)[:-9], "expected a whole gzip file"),
    ],
)
def test_text_that_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "mine.csv").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        loaded(tmp_path, Request(location=tmp_path / "mine.csv"))


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (Request(), ParamsError, "layout table takes its interactions from `location:`"),
        (Request(files={"items": Path("i.csv")}), ParamsError, "layout table takes its interactions from `location:`"),
        (
            Request(location=Path("a.csv"), files={"interactions": Path("b.csv")}),
            ParamsError,
            "name them in one of the two",
        ),
        (Request(files={"interactions": Path("b.xlsx")}), ParamsError, "`interactions: b.xlsx` in params.yaml"),
        (Request(location=Path("a.csv"), columns={"user": "u"}), UnknownNameError, "column under `columns:`"),
        (Request(location=Path("a.csv"), categories=("x",)), ParamsError, "layout table has no `categories:`"),
        (Request(location=Path("nowhere.csv")), MissingArtefactError, "nowhere.csv is not there"),
        (Request(files={"interactions": Path("nowhere.csv")}), MissingArtefactError, "nowhere.csv is not there"),
    ],
)
def test_what_cannot_be_fetched(tmp_path: Path, request_: Request, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        fetch(tmp_path, request_)
    assert not list(tmp_path.iterdir())


def test_several_tables_in_a_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine")
    for name in ("a.csv", "b.tsv"):
        written(folder / name, ROWS)
    with pytest.raises(DataError, match=r"found 2 tables \(a.csv, b.tsv\), expected one"):
        loaded(tmp_path, Request(location=folder))


def test_the_layout_is_known() -> None:
    assert "table" in layout_names()
