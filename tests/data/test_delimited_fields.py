"""Values out of text, by hand."""

import re
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data.delimited_fields import Fields, parse_row_by_row
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.places import Place
from explainrec_models.errors import DataError

START = Place(Path("t.csv"), 1, 0)


def parsed(dtype: pl.DataType, text: str) -> object:
    fields = Fields(("a", "b"), pl.Schema({"b": dtype}), frozenset())
    return parse_row_by_row(f"x,{text}\n".encode(), START, fields, Dialect())["b"].item()


@pytest.mark.parametrize(
    ("dtype", "text", "value"),
    [
        (pl.Int64(), " -7 ", -7),
        (pl.Int64(), "+007", 7),
        (pl.Int64(), str(2**63 - 1), 2**63 - 1),
        (pl.Float64(), "1e3", 1000.0),
        (pl.Float64(), " .5", 0.5),
        (pl.Float32(), "-3.", -3.0),
        (pl.String(), " a ", " a "),
        (pl.Categorical(), "a", "a"),
    ],
)
def test_values(dtype: pl.DataType, text: str, value: object) -> None:
    assert parsed(dtype, text) == value


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        (pl.Int64(), "1_000"),
        (pl.Int64(), "٣"),
        (pl.Int64(), "1" * 5000),
        (pl.Int64(), str(2**63)),
        (pl.Float64(), "1e999"),
        (pl.Float64(), "inf"),
        (pl.Float64(), "1_0"),
        (pl.Float32(), "1e39"),
    ],
)
def test_what_is_no_number(dtype: pl.DataType, text: str) -> None:
    with pytest.raises(DataError, match=re.escape(f"t.csv, line 1, byte 0: found '{text[:80]}")):
        parsed(dtype, text)


def test_more_rows_than_are_held_at_a_time() -> None:
    fields = Fields(("a", "b"), pl.Schema({"b": pl.Int64}), frozenset())
    content = b"".join(b"x,%d\n" % number for number in range(50_001))
    assert parse_row_by_row(content, START, fields, Dialect())["b"].to_list() == list(range(50_001))
