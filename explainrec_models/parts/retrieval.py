"""The retriever's best new items for a history, the list that systems without full ranking re-rank."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data.histories import History
from explainrec_models.parts.ranking import top_items


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
