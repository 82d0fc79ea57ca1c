"""Turning what a table says of time into milliseconds: numbers of any unit, ISO 8601 text, or dates and datetimes.

A number tells its unit by its size. The first row decides for all, since a file of two units is damaged.
"""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from explainrec_models.data.iso_moments import parse_iso
from explainrec_models.data.numbers import NUMBER, without_missing
from explainrec_models.data.pieces import Piece
from explainrec_models.data.places import shortened

NAIVE = "timestamps_without_zone"
WITHOUT_TIME = "rows_without_time"
_EXPECTED = "seconds, milli-, micro- or nanoseconds since 1970, or a date or time as in 2024-01-31T12:30:00Z"
_WHOLE = r"^[+-]?\d{1,18}$"
_FIRST_TIME = 10**11
"""Milliseconds, March 1973: a file without any later number counts its rows, not time."""


@dataclass(frozen=True)
class _Unit:
    """Milliseconds are a number ``times`` so many, divided by ``parts``; from ``below`` on, a number is of the next."""

    name: str
    below: float
    times: int
    parts: int


_UNITS = (
    _Unit("seconds", 1e11, 1000, 1),
    _Unit("milliseconds", 1e14, 1, 1),
    _Unit("microseconds", 1e17, 1, 1000),
    _Unit("nanoseconds", 2.0**63, 1, 1_000_000),
)


class Moments:
    """The timestamps of one file, or of parts that belong together: what the first row says, all others must."""

    def __init__(self, counts: Counter[str]) -> None:
        """Begin a file.

        Args:
            counts: where timestamps without a zone, taken as UTC, and rows without time are counted.
        """
        self._counts = counts
        self._is_number: bool | None = None
        self._unit: _Unit | None = None

    def milliseconds(self, piece: Piece, column: str) -> pl.Series:
        """Return a column of a piece as milliseconds; null where there is no time.

        Raises:
            DataError: a value is no time, or of another kind or unit than the first.
        """
        stated = piece.frame[column]
        if isinstance(stated.dtype, pl.Date | pl.Datetime):
            zone = stated.dtype.time_zone if isinstance(stated.dtype, pl.Datetime) else None
            self._counts[NAIVE] += 0 if zone else stated.len() - stated.null_count()
            return stated.cast(pl.Datetime("ms", zone)).cast(pl.Int64)
        if stated.dtype == pl.String:
            return self._of_texts(without_missing(stated), piece)
        if not stated.dtype.is_numeric() and stated.dtype != pl.Null:
            piece.refuse(0, f"a timestamp of the type {stated.dtype}", _EXPECTED)
        rough = stated.cast(pl.Float64).fill_nan(None)
        whole = stated.cast(pl.Int64, strict=False) if stated.dtype.is_integer() else None
        return self._of_numbers(rough, whole, piece)

    def without_placeholders(self, rows: pl.DataFrame, column: str) -> pl.DataFrame:
        """Leave out and count rows whose time is zero or a negative number, which stand for none.

        A file whose numbers are all too small for times counts its rows, maybe from zero; it keeps all of them.
        """
        moment = rows[column]
        highest = moment.max()
        if self._is_number and isinstance(highest, int) and 0 < highest < _FIRST_TIME:
            return rows
        has_time = moment > 0 if self._is_number else moment != 0
        self._counts[WITHOUT_TIME] += int((~has_time).sum())
        return rows if has_time.all() else rows.filter(has_time)

    def _of_texts(self, texts: pl.Series, piece: Piece) -> pl.Series:
        is_number = texts.str.contains(NUMBER)
        if not is_number.count():
            return texts.cast(pl.Int64)
        if self._is_number is None:
            self._is_number = bool(is_number.drop_nulls()[0])
        if self._is_number:
            _refuse_first(~is_number, texts, piece, f"{_EXPECTED}; the first row has a number")
            whole = pl.select(pl.when(texts.str.contains(_WHOLE)).then(texts)).to_series()
            return self._of_numbers(texts.cast(pl.Float64), whole.cast(pl.Int64), piece)
        moments, naive = parse_iso(texts)
        _refuse_first(texts.is_not_null() & moments.is_null(), texts, piece, f"{_EXPECTED}; the first row has a date")
        self._counts[NAIVE] += int(naive.sum())
        return moments.alias(texts.name)

    def _of_numbers(self, rough: pl.Series, whole: pl.Series | None, piece: Piece) -> pl.Series:
        """Return milliseconds of numbers in double precision, exact where they are whole."""
        self._is_number = True
        unit = self._unit_of(rough)
        lowest = max((other.below for other in _UNITS if other.below < unit.below), default=0.0)
        expected = f"{unit.name} since 1970, as in the first row"
        _refuse_first((rough > 0) & ~rough.is_between(lowest, unit.below, closed="left"), rough, piece, expected)
        near = (rough * unit.times / unit.parts).round().cast(pl.Int64, strict=False)
        if whole is None:
            return near
        return pl.select(pl.coalesce(whole * unit.times // unit.parts, near)).to_series()

    def _unit_of(self, rough: pl.Series) -> _Unit:
        times = rough.filter(rough > 0)
        if self._unit is None and times.len():
            self._unit = next((unit for unit in _UNITS if times[0] < unit.below), _UNITS[-1])
        return self._unit or _UNITS[0]


def _refuse_first(is_bad: pl.Series, values: pl.Series, piece: Piece, expected: str) -> None:
    if is_bad.any():
        row = is_bad.arg_true()[0]
        shown = shortened(values[row]) if values.dtype == pl.String else f"{values[row]:.15g}"
        piece.refuse(row, f"timestamp {shown}", expected)
