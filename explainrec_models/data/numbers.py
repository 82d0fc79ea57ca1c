"""Numbers in columns of any type: what is one, what stands for none, and the place of what is neither."""

import polars as pl

from explainrec_models.data.pieces import Piece
from explainrec_models.data.places import shortened

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
MISSING = ("", "nan", "nat", "null", "none", "na", "n/a", "\\n")
"""How programs write that there is no value, in lower case."""
_LARGEST = 3.4028234e38
"""Of single precision."""


def without_missing(texts: pl.Series) -> pl.Series:
    """Return texts without blanks around them; null where they say that there is no value."""
    bare = texts.str.strip_chars()
    return bare.set(bare.str.to_lowercase().is_in(MISSING), None)


def numbers_of(piece: Piece, column: str) -> pl.Series:
    """Return a column of a piece as numbers; null where there is none.

    Raises:
        DataError: a value is no finite number; the message names its place.
    """
    stated = piece.frame[column]
    if stated.dtype == pl.String:
        stated = without_missing(stated)
        is_number = stated.str.contains(NUMBER)
        if not is_number.all():
            row = (~is_number).arg_true()[0]
            value = stated[row]
            comma = ", not with a comma" if "," in value else ""
            piece.refuse(row, f"{column} {shortened(value)}", f"a number with a decimal point, as in 3.5{comma}")
    elif not stated.dtype.is_numeric() and stated.dtype != pl.Null:
        piece.refuse(0, f"{column} of the type {stated.dtype}", "numbers")
    numbers = stated.cast(pl.Float64).fill_nan(None)
    is_finite = numbers.abs() <= _LARGEST
    if not is_finite.all():
        row = (~is_finite).arg_true()[0]
        piece.refuse(row, f"{column} {numbers[row]}", "a number of usual size")
    return numbers
