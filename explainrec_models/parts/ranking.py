"""Best items of a score row, with what the user already knows left out."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray


def top_items(
    scores: NDArray[np.floating], item_ids: Sequence[str], *, length: int, exclude: Collection[str] = ()
) -> list[tuple[str, float]]:
    """Return the best (item, score) pairs, best first.

    Equal scores keep catalogue order, so that a ranking never depends on the sorting algorithm.

    >>> top_items(np.array([1.0, 3.0, 3.0], dtype=np.float32), ["a", "b", "c"], length=2, exclude=["b"])
    [('c', 3.0), ('a', 1.0)]
    """
    order = np.argsort(-scores, kind="stable")
    best: list[tuple[str, float]] = []
    for position in order:
        if len(best) == length:
            break
        if item_ids[position] not in exclude and not np.isnan(scores[position]):
            best.append((item_ids[position], float(scores[position])))
    return best
