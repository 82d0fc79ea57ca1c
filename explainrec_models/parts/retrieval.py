"""The retriever's best new items for a history, and the order in which a system without full ranking returns them.

The retriever says what comes next, a system that answers Yes or No what is liked then. Their orders are fused by
reciprocal ranks, which needs no common scale and nothing fitted: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion
Outperforms Condorcet and Individual Rank Learning Methods", SIGIR 2009.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data.histories import History
from explainrec_models.parts.ranking import top_items

Order = Literal["fused", "scores"]
FUSION = 60
"""Constant that dampens the first ranks, as published."""


class Retriever(Protocol):
    """What scores a whole catalogue."""

    @property
    def item_ids(self) -> Sequence[str]:
        """Return the catalogue (I)."""
        ...

    def score_all(self, histories: Sequence[History]) -> NDArray[np.float32]:
        """Return scores (B, I), in the order of ``item_ids``."""
        ...


def retrieve(retriever: Retriever, histories: Sequence[History], *, length: int) -> list[list[str]]:
    """Return the best ``length`` items a history, best first; items of the history are left out."""
    scores = retriever.score_all(histories)
    return [
        [item for item, _ in top_items(row, retriever.item_ids, length=length, exclude=set(history.item_ids))]
        for row, history in zip(scores, histories, strict=True)
    ]


def fused(*orders: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return Σ 1 / (60 + rank) over some scores of the same items (C), higher is better; ties keep the items' order.

    >>> fused(np.array([3.0, 1.0]), np.array([5.0, 9.0])).round(4).tolist()
    [0.0325, 0.0325]
    """
    total = np.zeros(len(orders[0]))
    for scores in orders:
        ranks = np.empty(len(scores))
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += 1 / (FUSION + ranks)
    return total


def re_ranked(scores: NDArray[np.floating], items: Sequence[str], order: Order) -> list[tuple[str, float]]:
    """Return a retriever's list in its new order, best first, each item with its score.

    Args:
        scores: of the system that re-ranks (C).
        items: best first, as the retriever has them (C).
        order: ``fused`` with the retriever's, or by ``scores`` alone.
    """
    values = fused(scores, -np.arange(len(items), dtype=np.float64)) if order == "fused" else scores
    return [(items[place], float(scores[place])) for place in np.argsort(-values, kind="stable")]
