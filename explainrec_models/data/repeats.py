"""Several rows of one user and one item: the earliest is the event, later ones repeat it."""

import polars as pl

from explainrec_models.data import schema

_ROW = "row"
_PAIR = "pair"


def earliest(interactions: pl.DataFrame) -> pl.DataFrame:
    """Keep each user's earliest row of each item, in file order; of equal moments the first in the file.

    Repeated pairs are found by sorting codes, not by a table of all rows: tens of millions take little more room than
    they have already.

    Args:
        interactions: with categorical ids.
    """
    # Both codes have 32 bits.
    pair = (_code(schema.USER_ID) * 2**32 + _code(schema.ITEM_ID)).alias(_PAIR)
    pairs = interactions.select(pair).to_series()
    ordered = pairs.sort()
    repeated = ordered.filter(ordered == ordered.shift(1)).unique()
    if repeated.is_empty():
        return interactions
    repeats = pairs.is_in(repeated.implode())
    rows = interactions.select(schema.TIMESTAMP, pair).with_row_index(_ROW).filter(repeats)
    kept = rows.sort(schema.TIMESTAMP, maintain_order=True).unique(_PAIR, keep="first", maintain_order=True)[_ROW]
    return interactions.filter((~repeats).scatter(kept, True))  # noqa: FBT003 - the value to set


def _code(column: str) -> pl.Expr:
    return pl.col(column).to_physical().cast(pl.UInt64)
