"""Ids in columns of any type, as text: blanks around them are not part of them."""

from collections import Counter

import polars as pl

from explainrec_models.data.pieces import Piece

WITH_BLANKS = "ids_with_blanks"
AS_DECIMALS = "ids_written_as_decimals"


def identifiers_of(piece: Piece, column: str, counts: Counter[str]) -> pl.Series:
    """Return a column of a piece as text; null where there is no id.

    Args:
        piece: some rows.
        column: text or numbers; whole numbers that a program wrote as decimals, as it does beside missing ones, are
            whole numbers again.
        counts: where ids with blanks around them and ids written as decimals are counted.

    Raises:
        DataError: the values are of another type, or a number is not whole.
    """
    stated = piece.frame[column]
    if stated.dtype.is_float():
        stated = stated.fill_nan(None)
        is_whole = (stated == stated.round()) & (stated.abs() < 2.0**53)
        if not is_whole.all():
            row = (~is_whole).arg_true()[0]
            piece.refuse(row, f"{column} {stated[row]}", "an id: text or a whole number")
        counts[AS_DECIMALS] += stated.len() - stated.null_count()
        stated = stated.cast(pl.Int64)
    if stated.dtype.is_integer() or stated.dtype == pl.Null:
        return stated.cast(pl.String)
    if not isinstance(stated.dtype, pl.String | pl.Categorical | pl.Enum):
        piece.refuse(0, f"{column} of the type {stated.dtype}", "ids: text or whole numbers")
    texts = stated.cast(pl.String)
    bare = texts.str.strip_chars()
    counts[WITH_BLANKS] += int((bare != texts).sum())
    return bare.set(bare == "", None)
