"""Ragged score lists to one rectangular array."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def padded(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """Return (B, C) with NaN behind the end of each row.

    >>> padded([[1.0, 2.0], [3.0]]).tolist()
    [[1.0, 2.0], [3.0, nan]]
    """
    array = np.full((len(rows), max((len(row) for row in rows), default=0)), np.nan, dtype=np.float32)
    for position, row in enumerate(rows):
        array[position, : len(row)] = row
    return array
