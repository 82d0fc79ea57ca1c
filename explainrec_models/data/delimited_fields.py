"""Turning the text of fields into values one row at a time, with the place of the first that is not of its type."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import polars as pl

from explainrec_models.data.delimited_rows import Dialect, Row, rows_of
from explainrec_models.data.places import Place, shortened

_ROWS_AT_A_TIME = 50_000
"""Python values take ten times the memory of a column."""
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LARGEST_WHOLE = 2**63 - 1
_LARGEST_FLOAT32 = 3.4028234e38


@dataclass(frozen=True)
class Fields:
    """What stands in a row.

    Attributes:
        names: of every field, in file order.
        wanted: columns to return and their types.
        optional: columns whose fields may be empty.
    """

    names: tuple[str, ...]
    wanted: pl.Schema
    optional: frozenset[str]

    @property
    def required(self) -> list[str]:
        """Columns whose fields must not be empty."""
        return [name for name in self.wanted if name not in self.optional]


def parse_row_by_row(content: bytes, start: Place, fields: Fields, dialect: Dialect) -> pl.DataFrame:
    """Return the wanted columns of a block of whole rows.

    Raises:
        DataError: a row has too few or too many fields, or a field is not of its type.
    """
    readers = [(fields.names.index(name), name, _READERS[dtype.base_type()]) for name, dtype in fields.wanted.items()]
    chunks = [pl.DataFrame(schema=fields.wanted)]
    rows = rows_of(content, start, dialect)
    while batch := [_values(row, readers, fields, dialect) for row in islice(rows, _ROWS_AT_A_TIME)]:
        chunks.append(pl.DataFrame(batch, schema=fields.wanted, orient="row"))
    return pl.concat(chunks)


_Reader = Callable[[str], "str | int | float | None"]


def _values(
    row: Row, readers: list[tuple[int, str, _Reader]], fields: Fields, dialect: Dialect
) -> tuple[str | int | float | None, ...]:
    if len(row.fields) != len(fields.names):
        shown = shortened(dialect.separator.join(row.fields))
        found = f"{len(row.fields)} fields between {dialect.separator!r} in {shown}"
        row.place.refuse(found, f"{len(fields.names)}: {', '.join(fields.names)}")
    return tuple(_value(row, row.fields[index], name, reader, fields) for index, name, reader in readers)


def _value(row: Row, text: str, name: str, reader: _Reader, fields: Fields) -> str | int | float | None:
    if not text or (reader is not _text and not text.strip()):
        if name not in fields.optional:
            row.place.refuse(f"nothing as {name}", _EXPECTED[reader])
        return None
    value = reader(text)
    if value is None:
        row.place.refuse(f"{shortened(text)} as {name}", _EXPECTED[reader])
    return value


def _text(text: str) -> str | None:
    return text


def _whole(text: str) -> int | None:
    if not _WHOLE.fullmatch(text.strip()):
        return None
    # Python refuses numbers of thousands of digits, which are no counts or moments either.
    value = int(text) if len(text.strip()) < 20 else _LARGEST_WHOLE + 1  # noqa: PLR2004  # 20 digits pass 64 bits
    return value if abs(value) <= _LARGEST_WHOLE else None


def _decimal(text: str) -> float | None:
    value = float(text) if _DECIMAL.fullmatch(text.strip()) else math.inf
    return value if math.isfinite(value) else None


def _small_decimal(text: str) -> float | None:
    value = _decimal(text)
    return value if value is not None and abs(value) <= _LARGEST_FLOAT32 else None


_READERS: dict[type[pl.DataType], _Reader] = {
    pl.Int64: _whole,
    pl.Float64: _decimal,
    pl.Float32: _small_decimal,
    pl.String: _text,
    pl.Categorical: _text,
}
_EXPECTED: dict[_Reader, str] = {
    _whole: "a whole number",
    _decimal: "a number",
    _small_decimal: "a number",
    _text: "some text",
}
