"""The feature table: one embedding an item, with a mark for items that had nothing to encode."""

import shutil
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.tables import read_parquet

FEATURES_FILE = "features.parquet"
BLOCK = 4096
"""Rows that are in memory while a table is written."""
_END = object()


def write_features(
    folder: Path, item_ids: Sequence[str], vectors: Iterable[NDArray[np.float32] | None], size: int
) -> None:
    """Write one row an item; None becomes zeros with ``present`` false.

    Args:
        folder: to write into.
        item_ids: one a row.
        vectors: one an item, in the same order; taken one by one, so that they are never all in memory.
        size: width of a vector.
    """
    parts = folder / ".parts"
    parts.mkdir()
    try:
        following = iter(vectors)
        names = []
        # One block even without items: the columns are there all the same.
        for start in range(0, max(len(item_ids), 1), BLOCK):
            ids = item_ids[start : start + BLOCK]
            names.append(parts / f"{start}.arrow")
            _block(ids, list(islice(following, len(ids))), size).write_ipc(names[-1])
        assert next(following, _END) is _END, f"more vectors than the {len(item_ids):,} items"
        pl.scan_ipc(names).sink_parquet(folder / FEATURES_FILE, row_group_size=BLOCK)
    finally:
        shutil.rmtree(parts)


def _block(item_ids: Sequence[str], vectors: Sequence[NDArray[np.float32] | None], size: int) -> pl.DataFrame:
    matrix = np.zeros((len(item_ids), size), dtype=np.float32)
    present = np.zeros(len(item_ids), dtype=bool)
    for row, vector in zip(range(len(item_ids)), vectors, strict=True):
        if vector is not None:
            matrix[row] = vector
            present[row] = True
    return pl.DataFrame(
        {
            schema.ITEM_ID: pl.Series(item_ids, dtype=pl.String),
            schema.PRESENT: present,
            schema.EMBEDDING: pl.Series(matrix, dtype=pl.Array(pl.Float32, size)),
        }
    )


def read_features(
    folder: Path, item_ids: Sequence[str], *, made_by: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the embeddings (items, width) in the order of ``item_ids`` and which of them are real (items)."""
    table = read_parquet(folder / FEATURES_FILE, made_by=made_by)
    ordered = pl.DataFrame({schema.ITEM_ID: list(item_ids)}).join(
        table, on=schema.ITEM_ID, how="left", maintain_order="left"
    )
    size = table.schema[schema.EMBEDDING].shape[0]  # type: ignore[attr-defined]
    zeros = pl.lit(np.zeros(size, dtype=np.float32).tolist(), dtype=pl.Array(pl.Float32, size))
    vectors = (
        ordered[schema.EMBEDDING]
        if ordered[schema.EMBEDDING].null_count() == 0
        else (ordered.select(pl.col(schema.EMBEDDING).fill_null(zeros)).to_series())
    )
    present = ordered[schema.PRESENT].fill_null(value=False)
    return vectors.to_numpy().astype(np.float32), present.to_numpy().astype(bool)
