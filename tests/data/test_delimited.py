"""Delimited text with an invented miniature of every oddity; equal tables whichever way a block is read."""

import gzip
import re
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import delimited
from explainrec_models.data.delimited import delimited_chunks, encoding_of, header_names, read_delimited
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.errors import DataError

RATINGS = "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,1029,3.0,1260759179\n2,31,4,835355493\n"
TYPES = {"userId": pl.Int64, "movieId": pl.Int64, "rating": pl.Float32, "timestamp": pl.Int64}
ROWS = [(1, 31, 2.5, 1260759144), (1, 1029, 3.0, 1260759179), (2, 31, 4.0, 835355493)]


def written(folder: Path, content: str | bytes, name: str = "ratings.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def no_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "parse_at_once", lambda *_: None)


@pytest.fixture
def only_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(delimited, "parse_row_by_row")


@pytest.mark.usefixtures("only_fast_way")
@pytest.mark.parametrize(
    "content",
    [
        RATINGS,
        RATINGS.removesuffix("\n"),
        RATINGS.replace("\n", "\r\n"),
        "\ufeff" + RATINGS,
        "\n" + RATINGS + "\n\n",
        RATINGS.replace("31", '"31"').replace("userId", '"userId"'),
    ],
    ids=["plain", "no last line end", "crlf", "byte order mark", "blank lines around", "quoted numbers"],
)
@pytest.mark.parametrize("name", ["ratings.csv", "ratings.csv.gz"])
def test_harmless_variants_are_read_the_fast_way(tmp_path: Path, content: str, name: str) -> None:
    data = gzip.compress(content.encode()) if name.endswith(".gz") else content.encode()
    table = read_delimited(written(tmp_path, data, name), TYPES)
    assert table.schema == pl.Schema({**TYPES})
    assert table.rows() == ROWS


@pytest.mark.usefixtures("no_fast_way")
def test_the_careful_way_reads_the_same(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, RATINGS.replace("\n", "\r\n")), TYPES)
    assert table.schema == pl.Schema({**TYPES})
    assert table.rows() == ROWS


@pytest.mark.parametrize(
    "content",
    [RATINGS.replace("1,31", " 1 ,31"), RATINGS.replace("2,31", "\n \n2,31"), RATINGS.replace("2,31", '2,"31 "')],
    ids=["blanks around a number", "blank lines between", "blanks inside quotes"],
)
def test_known_dirt_is_mended(tmp_path: Path, content: str) -> None:
    assert read_delimited(written(tmp_path, content), TYPES).rows() == ROWS


def test_columns_are_found_by_name_in_any_order_among_others(tmp_path: Path) -> None:
    path = written(tmp_path, 'note,rating, movieId\n"a, b",4,7\nc,3.5,8\n')
    table = read_delimited(path, {"movieId": pl.Categorical, "rating": pl.Float64})
    assert table.rows() == [("7", 4.0), ("8", 3.5)]
    assert header_names(path, Dialect()) == ["note", "rating", "movieId"]


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, "user_id,movieId,rating,timestamp\n1,2,3,4\n")
    expected = (
        f"{path}, line 1, byte 0: found the columns user_id, movieId, rating, timestamp, "
        "expected a column 'userId' (nearest: 'user_id') in the header."
    )
    with pytest.raises(DataError, match=f"^{re.escape(expected)}"):
        read_delimited(path, TYPES)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "userId,userId\n1,2\n")
    with pytest.raises(DataError, match="expected 'userId' only once in the header"):
        read_delimited(path, {"userId": pl.Int64})


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_has_no_header(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    assert header_names(path, Dialect()) == []
    with pytest.raises(DataError, match="found an empty file, expected a header with userId"):
        read_delimited(path, TYPES)


def test_a_header_alone_gives_no_rows(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, "userId,rating"), {"userId": pl.Categorical, "rating": pl.Float32})
    assert table.schema == {"userId": pl.Categorical(), "rating": pl.Float32()}
    assert table.is_empty()


@pytest.mark.parametrize(
    ("row", "found", "expected"),
    [
        ("3,4,5", "3 fields between ',' in '3,4,5'", "4: userId, movieId, rating, timestamp"),
        ("3,4,5,6,7", "5 fields between ',' in '3,4,5,6,7'", "4: userId"),
        ("3,x,5,6", "'x' as movieId", "a whole number"),
        ("3,4.0,5,6", "'4.0' as movieId", "a whole number"),
        ("3,4,good,6", "'good' as rating", "a number"),
        ("3,4,nan,6", "'nan' as rating", "a number"),
        ("3,4,1e39,6", "'1e39' as rating", "a number"),
        ("3,4,5,99999999999999999999", "'99999999999999999999' as timestamp", "a whole number"),
        ("3,4,5,9223372036854775808", "'9223372036854775808' as timestamp", "a whole number"),
        ("3,,5,6", "nothing as movieId", "a whole number"),
        ('3,"4"x,5,6', "quotes that do not match", "a quote inside a quoted field written twice"),
        ('3,"4,5,6', "quotes that do not match", "a quote inside a quoted field written twice"),
        ("3,4\r5,6,7", "quotes that do not match", "a quote inside"),
    ],
)
def test_the_first_bad_row_is_named(tmp_path: Path, row: str, found: str, expected: str) -> None:
    path = written(tmp_path, f"{RATINGS}{row}\n1,2,3,4\n")
    place = f"{path}, line 5, byte {len(RATINGS)}: found "
    with pytest.raises(DataError, match=f"^{re.escape(place + found)}.*expected {re.escape(expected)}"):
        read_delimited(path, TYPES)


def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, b"movieId,title\n1,Caf\xe9\n")
    with pytest.raises(DataError, match=r"line 2, byte 14: found byte 0xe9 after 5 good bytes.*expected text in UTF-8"):
        read_delimited(path, {"movieId": pl.Int64, "title": pl.String})
    assert encoding_of(path, otherwise="latin-1") == "latin-1"
    table = read_delimited(path, {"movieId": pl.Int64, "title": pl.String}, encoding="latin-1")
    assert table["title"].to_list() == ["Café"]


def test_utf8_is_known_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 4)
    assert encoding_of(written(tmp_path, "Café Ünï"), otherwise="latin-1") == "utf-8"
    assert encoding_of(written(tmp_path, "Caf\u00e9".encode()[:-1]), otherwise="latin-1") == "latin-1"


def test_gzip_data_cut_short_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(RATINGS.encode())[:-20], "ratings.csv.gz")
    for read in (lambda: read_delimited(path, TYPES), lambda: encoding_of(path, otherwise="latin-1")):
        with pytest.raises(DataError, match=r"found gzip data that ends or breaks.*expected a whole gzip file"):
            read()


TITLES = (
    "movieId,title,note\n"
    '1,"Plain, The (1999)",\n'
    '2,"11\'09""01 (2002)","two\n\nlines"\n'
    '3,"",x\n'
    '4,Half 5" Floppy,y\n'
    '5,007,"""all"""\n'
)
TITLE_ROWS = [
    (1, "Plain, The (1999)", None),
    (2, "11'09\"01 (2002)", "two\n\nlines"),
    (3, None, "x"),
    (4, 'Half 5" Floppy', "y"),
    (5, "007", '"all"'),
]
TITLE_TYPES = {"movieId": pl.Int64, "title": pl.String, "note": pl.String}


@pytest.mark.parametrize("block_bytes", [8, 20, 64, 10_000])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_blocks_of_any_size_give_the_same_rows(tmp_path: Path, block_bytes: int, line_end: str) -> None:
    path = written(tmp_path, TITLES.replace("\n", line_end))
    chunks = delimited_chunks(path, TITLE_TYPES, Dialect(), optional={"title", "note"}, block_bytes=block_bytes)
    assert [row for chunk in chunks for row in chunk.frame.rows()] == TITLE_ROWS


@pytest.mark.usefixtures("only_fast_way")
def test_quoted_fields_are_read_the_fast_way(tmp_path: Path) -> None:
    content = TITLES.replace('5" Floppy', "Floppy")
    table = read_delimited(written(tmp_path, content), TITLE_TYPES, optional=("title", "note"))
    assert [row for row in table.rows() if row[0] != 4] == [row for row in TITLE_ROWS if row[0] != 4]


def test_a_row_of_a_chunk_knows_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, TITLES)
    chunks = delimited_chunks(path, TITLE_TYPES, Dialect(), optional={"title", "note"}, block_bytes=64)
    places = [chunk.place(row) for chunk in chunks for row in range(chunk.frame.height)]
    assert [place.line for place in places] == [2, 3, 6, 7, 8]
    assert [TITLES.encode()[place.offset :][:1] for place in places] == [b"1", b"2", b"3", b"4", b"5"]


def test_separators_of_two_characters_and_no_header(tmp_path: Path) -> None:
    path = written(tmp_path, '1::Moon: The Return (1995)::Comedy|War\n2::a "quote::\n', "movies.dat")
    columns = {"movie": pl.Int64, "title": pl.String, "genres": pl.String}
    table = read_delimited(path, columns, separator="::", has_header=False, quote=None, optional=["genres"])
    assert table.rows() == [(1, "Moon: The Return (1995)", "Comedy|War"), (2, 'a "quote', None)]


def test_text_keeps_its_leading_zeros(tmp_path: Path) -> None:
    path = written(tmp_path, "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,\n")
    columns = {"imdbId": pl.String, "tmdbId": pl.Int64}
    assert read_delimited(path, columns, optional=["tmdbId"]).rows() == [("0114709", 862), ("0113497", None)]
