"""What polars may parse and what it must not be believed; both ways give equal tables on clean data."""

from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data.delimited_fast import parse_at_once
from explainrec_models.data.delimited_fields import Fields, parse_row_by_row
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.places import Place

TYPES = pl.Schema({"n": pl.Int64(), "x": pl.Float32(), "t": pl.String(), "c": pl.Categorical()})
FIELDS = Fields(("n", "extra", "x", "t", "c"), TYPES, frozenset({"t"}))


@pytest.mark.parametrize(
    "dialect", [Dialect(), Dialect("\t", None), Dialect("::", None), Dialect("|", None, "latin-1")]
)
def test_both_ways_give_equal_tables(dialect: Dialect) -> None:
    rows = [
        (str(number - 50), f"é{number}", repr(number / 7), "" if number % 3 else f"text {number}", f"id{number % 5}")
        for number in range(200)
    ]
    text = "".join(dialect.separator.join(row) + "\n" for row in rows)
    content = text.encode(dialect.encoding)
    fast = parse_at_once(content, FIELDS, dialect)
    assert fast is not None
    careful = parse_row_by_row(content, Place(Path("t"), 1, 0), FIELDS, dialect)
    assert fast.equals(careful)
    assert fast.schema == careful.schema == TYPES


@pytest.mark.parametrize(
    "content",
    [
        b"1,e,2,t\n",
        b"1,e,2,t,c,d\n",
        b"1,e,2,t,c\n\n2,e,2,t,c\n",
        b"1,e,2,t,\n",
        b",e,2,t,c\n",
        b"1,e,inf,t,c\n",
        b"1,e,2,a\rb,c\n",
        b'1,e,2,5" a,c\n2,e,2,6" a,c\n',
        b'1,"e,2,t,c\n',
        b"",
    ],
)
def test_blocks_with_anything_odd_are_left_to_the_careful_way(content: bytes) -> None:
    assert parse_at_once(content, FIELDS, Dialect()) is None


def test_a_blank_line_is_seen_where_every_column_may_be_empty() -> None:
    fields = Fields(("t", "u"), pl.Schema({"t": pl.String, "u": pl.String}), frozenset({"t", "u"}))
    assert parse_at_once(b"a,b\n\nc,d\n", fields, Dialect()) is None


def test_the_stand_in_for_long_separators_must_be_free() -> None:
    fields = Fields(("t", "u"), pl.Schema({"t": pl.String, "u": pl.String}), frozenset())
    assert parse_at_once(b"a\x1f::b\n", fields, Dialect("::", None)) is None
