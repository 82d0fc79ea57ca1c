"""Choosing a setting of a ranker on validation rows: NDCG@10 of full ranking, history left out."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History

DEPTH = 10
MAX_USERS = 500

ScoreAll = Callable[[Sequence[History]], NDArray[np.float32]]
"""Histories (B) to scores of the whole catalogue (B, I)."""


def validation_ndcg(score_all: ScoreAll, corpus: Corpus) -> float:
    """Return the mean NDCG@10 over users with training rows and liked validation rows; 0 where there are none.

    The ideal is cut at 10 too. The first 500 such users by id stand for all: enough to choose a setting, and fast.
    """
    liked = corpus.valid.filter(pl.col(schema.LIKED) == 1).group_by(schema.USER_ID).agg(schema.ITEM_ID)
    wanted = {user: set(items) for user, items in liked.iter_rows() if user in corpus.histories}
    users = sorted(wanted)[:MAX_USERS]
    if not users:
        return 0.0
    position = {item: column for column, item in enumerate(corpus.item_ids)}
    scores = score_all([corpus.histories[user] for user in users])
    values = []
    for row, user in enumerate(users):
        known = set(corpus.histories[user].item_ids)
        scores[row, [position[item] for item in known]] = -np.inf
        relevant = {position[item] for item in wanted[user] - known}
        if relevant:
            values.append(_ndcg(np.argsort(-scores[row], kind="stable")[:DEPTH], relevant))
    return float(np.mean(values)) if values else 0.0


def _ndcg(ranked: NDArray[np.int64], relevant: set[int]) -> float:
    discounts = 1 / np.log2(np.arange(2, DEPTH + 2))
    hits = np.array([int(item) in relevant for item in ranked], dtype=np.float64)
    ideal = discounts[: min(len(relevant), DEPTH)].sum()
    return float((hits * discounts[: len(hits)]).sum() / ideal)
