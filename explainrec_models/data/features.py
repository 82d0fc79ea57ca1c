"""The feature table: one embedding an item, with a mark for items that had nothing to encode."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.outputs import require

FEATURES_FILE = "features.parquet"


def write_features(
    folder: Path, item_ids: Sequence[str], vectors: Sequence[NDArray[np.float32] | None], size: int
) -> None:
    """Write one row an item; None becomes zeros with ``present`` false."""
    matrix = np.zeros((len(item_ids), size), dtype=np.float32)
    for row, vector in enumerate(vectors):
        if vector is not None:
            matrix[row] = vector
    pl.DataFrame(
        {
            schema.ITEM_ID: pl.Series(item_ids, dtype=pl.String),
            schema.PRESENT: [vector is not None for vector in vectors],
            schema.EMBEDDING: pl.Series(matrix, dtype=pl.Array(pl.Float32, size)),
        }
    ).write_parquet(folder / FEATURES_FILE)


def read_features(
    folder: Path, item_ids: Sequence[str], *, made_by: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the embeddings (items, width) in the order of ``item_ids`` and which of them are real (items)."""
    table = pl.read_parquet(require(folder / FEATURES_FILE, made_by=made_by))
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
