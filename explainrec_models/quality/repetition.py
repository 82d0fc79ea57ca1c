"""Rows that occur more than once, in tables too large for a hash table of their values.

A row is hashed to 64 bits; the hashes are sorted, and only rows whose hash occurs again are compared by their values.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from explainrec_models.quality.findings import Count

_COMPARED_AT_ONCE = 2_000_000
_HASH, _ROW = "hash of the values", "number of the row"


def repeated(table: pl.LazyFrame, columns: Sequence[str], *, sample: int) -> Count:
    """Count the rows whose values in ``columns`` occur again; rows without any value are not judged.

    Args:
        table: of any size; a row takes eight bytes, and as much again while the hashes are sorted.
        columns: to compare.
        sample: values of repeated rows to return, the first in the table's order.
    """
    keys = _keys(table, columns)
    rows = table.select(pl.len()).collect(engine="streaming").item()
    ordered = keys.select(_HASH).collect(engine="streaming").to_series().to_numpy(writable=True)
    ordered.sort()
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    judged = len(ordered)
    del ordered
    parts = -(-_rows_with(keys, again) // _COMPARED_AT_ONCE) if len(again) else 0
    unexpected, found = 0, []
    for part in range(parts):
        hashes = pl.Series(again[again % np.uint64(parts) == part])
        candidates = keys.filter(pl.col(_HASH).is_in(hashes.implode())).collect(engine="streaming")
        equal = candidates.filter(pl.struct(columns).is_duplicated())
        unexpected += equal.height
        found.append(equal.sort(_ROW).head(sample))
    if not unexpected:
        return Count(rows, judged, 0)
    first = pl.concat(found).sort(_ROW).head(sample).select(columns)
    values = first.to_series().to_list() if len(columns) == 1 else first.to_dicts()
    return Count(rows, judged, unexpected, tuple(values))


def _keys(table: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
    schema = table.collect_schema()
    # Two values of one row are hashed differently, or equal ones would cancel out.
    hashes = [pl.col(column).hash(seed) for seed, column in enumerate(columns)]
    hashed = hashes[0]
    for other in hashes[1:]:
        hashed = hashed.xor(other)
    return (
        table.select(pl.col(column).fill_nan(None) if schema[column].is_float() else column for column in columns)
        .with_row_index(_ROW)
        .filter(pl.any_horizontal(pl.col(columns).is_not_null()))
        .with_columns(hashed.alias(_HASH))
    )


def _rows_with(keys: pl.LazyFrame, hashes: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> int:
    known = pl.Series(hashes).implode()
    return int(keys.select(pl.col(_HASH).is_in(known).sum()).collect(engine="streaming").item())
