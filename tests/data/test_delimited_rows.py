"""Rows one at a time, by hand."""

from pathlib import Path

import pytest

from explainrec_models.data.delimited_rows import Dialect, rows_of
from explainrec_models.data.places import Place
from explainrec_models.errors import DataError

START = Place(Path("tags.csv"), 10, 100)


def test_a_row_knows_where_it_begins_and_ends() -> None:
    content = b'a,"b\nc"\r\n\n  \nd,e'
    rows = list(rows_of(content, START, Dialect()))
    assert [(row.place.line, row.place.offset, row.fields, row.end) for row in rows] == [
        (10, 100, ["a", "b\nc"], 9),
        (14, 113, ["d", "e"], len(content)),
    ]


def test_without_quotes_a_line_is_a_row() -> None:
    rows = rows_of(b'a::"b\nc::d\r\n', START, Dialect("::", None))
    assert [row.fields for row in rows] == [["a", '"b'], ["c", "d"]]


def test_control_characters_of_latin_1_end_no_line() -> None:
    rows = rows_of(b"a|b\x85c\x1cd\n", START, Dialect("|", None, "latin-1"))
    assert [row.fields for row in rows] == [["a", "b\x85c\x1cd"]]


def test_a_quote_that_is_never_closed_is_named_where_its_row_begins() -> None:
    with pytest.raises(DataError, match=r"^tags.csv, line 11, byte 104: found quotes that do not match"):
        list(rows_of(b'a,b\nc,"d\ne,f\n', START, Dialect()))
