"""Facts about each vector of a feature table: its width, whether it is finite or all zeros, and which it nearly equals.

Nearly equal vectors are found by random hyperplanes (SimHash: Charikar, "Similarity Estimation Techniques from Rounding
Algorithms", STOC 2002): two vectors at angle ``a`` fall on different sides of a plane with probability ``a / pi``, so
of 256 planes none parts two encodings of the same content, and some parts nearly any others.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema

WIDTH = "width"
FINITE = "finite"
ZEROS = "zeros"
TWIN = "first_with_nearly_this_vector"

PLANES = 256
_WORDS = [f"side_{number}" for number in range(PLANES // 64)]
_CHUNK = 16_384
"""Vectors in memory at once."""


def vector_facts(path: Path) -> pl.DataFrame:
    """Return a row a vector: item_id, present, width, finite (0 or 1), zeros (0 or 1), twin.

    The twin is the item of the first vector that is nearly equal, the item itself where there is none before; missing
    where the vector is missing, not finite, all zeros or not as wide as the first.
    """
    facts = []
    expected: Any = None
    for chunk in pl.scan_parquet(path).collect_batches(chunk_size=_CHUNK, maintain_order=True):
        measured = _measured(chunk)
        if expected is None:
            expected = measured[WIDTH].drop_nulls().first()
        facts.append(_sides(measured, expected or 0))
    table = pl.concat(facts) if facts else _sides(_measured(pl.read_parquet(path)), 0)
    is_judged = pl.col(_WORDS[0]).is_not_null()
    twin = pl.when(is_judged).then(pl.col(schema.ITEM_ID).first().over(_WORDS))
    return table.with_columns(twin.alias(TWIN)).drop(_WORDS)


def _measured(chunk: pl.DataFrame) -> pl.DataFrame:
    vector = pl.col(schema.EMBEDDING)
    if isinstance(chunk.schema[schema.EMBEDDING], pl.Array):
        vector = vector.arr.to_list()
    finite = vector.list.eval(pl.element().is_finite().fill_null(value=False)).list.all()
    zeros = vector.list.eval(pl.element() == 0).list.all()
    return chunk.select(
        schema.ITEM_ID,
        schema.PRESENT,
        vector.alias(schema.EMBEDDING),
        vector.list.len().cast(pl.Int64).alias(WIDTH),
        finite.cast(pl.Int64).alias(FINITE),
        zeros.cast(pl.Int64).alias(ZEROS),
    )


def _sides(measured: pl.DataFrame, width: int) -> pl.DataFrame:
    """Replace each vector by the sides of the planes that it falls on, in words of 64."""
    is_judged = (measured[WIDTH] == width) & (measured[FINITE] == 1) & (measured[ZEROS] == 0)
    places = is_judged.fill_null(value=False).arg_true()
    words = np.zeros((measured.height, len(_WORDS)), dtype=np.uint64)
    if len(places):
        vectors = measured[schema.EMBEDDING].gather(places).explode().cast(pl.Float32).to_numpy().reshape(-1, width)
        sides = vectors @ _planes(width) > 0
        words[places.to_numpy()] = np.packbits(sides, axis=1).view(np.uint64)
    columns = [
        pl.when(is_judged).then(pl.Series(name, words[:, number])).alias(name) for number, name in enumerate(_WORDS)
    ]
    return measured.drop(schema.EMBEDDING).with_columns(columns)


def _planes(width: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((width, PLANES), dtype=np.float32)
