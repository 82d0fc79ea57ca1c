"""Recall, NDCG and MRR at k of full rankings, one value a user.

With R the user's relevant items and r_1, r_2, … the ranked ones:
recall@k = |R ∩ {r_1…r_k}| / |R|;
NDCG@k = Σ_{j≤k, r_j∈R} 1/log2(j+1) / Σ_{j≤min(k,|R|)} 1/log2(j+1): the ideal is cut at k too, as in TREC and RecBole;
MRR@k = 1/(rank of the first relevant item), 0 if it is not among the first k.

``torchmetrics.functional.retrieval`` defines them alike and the tests hold these against it. It is not called here
because it takes one user at a time and every relevant item that the list missed would have to be appended to it first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation.bootstrap import Measure, mean_measure

_PAIR = [schema.USER_ID, schema.ITEM_ID]


@dataclass(frozen=True)
class UserRanking:
    """What each user's list was worth.

    Attributes:
        users: one row a user with relevant items and a list: user_id and one column a metric, sorted by user.
        without_relevant: users with a list and no relevant item; they enter no mean.
        without_ranking: users with relevant items and no list; they enter no mean.
        short_lists: users whose list is shorter than the largest cutoff.
    """

    users: pl.DataFrame
    without_relevant: int
    without_ranking: int
    short_lists: int


def rank_users(ranking: pl.DataFrame, relevant: pl.DataFrame, cutoffs: Sequence[int]) -> UserRanking:
    """Compute every metric at every cutoff for each user.

    Args:
        ranking: user_id, rank (1 is the best), item_id.
        relevant: user_id, item_id; doubled rows count once.
        cutoffs: list lengths.

    Raises:
        DataError: a user's ranks are not 1, 2, 3, … or an item stands in a list twice.
    """
    _require_lists(ranking)
    wanted = relevant.select(_PAIR).unique()
    sizes = wanted.group_by(schema.USER_ID).agg(pl.len().alias("relevant"))
    lengths = ranking.group_by(schema.USER_ID).agg(pl.len().alias("length"))
    users = sizes.join(lengths, on=schema.USER_ID, how="inner").sort(schema.USER_ID)
    hits = ranking.join(wanted, on=_PAIR, how="inner").with_columns(gain=1 / (pl.col(schema.RANK) + 1).log(2))
    for cutoff in cutoffs:
        users = users.join(_at(hits, cutoff), on=schema.USER_ID, how="left", maintain_order="left").with_columns(
            pl.col(f"^(hits|gain|mrr_at_{cutoff}_score)$").fill_null(0)
        )
        ideal = np.cumsum(1 / np.log2(np.arange(2, cutoff + 2)))
        best = ideal[np.minimum(users["relevant"].to_numpy(), cutoff) - 1]
        users = users.with_columns(
            (pl.col("hits") / pl.col("relevant")).alias(f"recall_at_{cutoff}_score"),
            (pl.col("gain") / pl.Series(best, dtype=pl.Float64)).alias(f"ndcg_at_{cutoff}_score"),
        ).drop("hits", "gain")
    return UserRanking(
        users=users.drop("relevant", "length"),
        without_relevant=lengths.height - users.height,
        without_ranking=sizes.height - users.height,
        short_lists=users.filter(pl.col("length") < max(cutoffs)).height,
    )


def ranking_measures(scored: UserRanking) -> dict[str, Measure]:
    """Return the mean over users of every metric; multiplicities come in the order of ``scored.users``."""
    order = scored.users[schema.USER_ID].to_list()
    return {
        metric: mean_measure(scored.users, metric, order) for metric in scored.users.columns if metric != schema.USER_ID
    }


def _at(hits: pl.DataFrame, cutoff: int) -> pl.DataFrame:
    """Return per user with a hit: hits, gain and reciprocal rank of the first hit among the first ``cutoff``."""
    return (
        hits.filter(pl.col(schema.RANK) <= cutoff)
        .group_by(schema.USER_ID)
        .agg(
            pl.len().alias("hits"),
            # In rank order, so that equal rankings give equal bits whatever the order of their rows.
            pl.col("gain").sort_by(schema.RANK).sum(),
            (1 / pl.col(schema.RANK).min()).alias(f"mrr_at_{cutoff}_score"),
        )
    )


def _require_lists(ranking: pl.DataFrame) -> None:
    expected = pl.int_range(1, pl.len() + 1).over(schema.USER_ID)
    ordered = ranking.sort(schema.USER_ID, schema.RANK)
    gaps = ordered.filter(pl.col(schema.RANK) != expected)
    if gaps.height:
        user, rank = gaps.row(0, named=True)[schema.USER_ID], gaps.row(0, named=True)[schema.RANK]
        message = (
            f"the ranking of user {user} has rank {rank} out of place; ranks must be 1, 2, 3, … without gaps or ties"
        )
        raise DataError(message)
    doubled = ranking.filter(pl.struct(_PAIR).is_duplicated())
    if doubled.height:
        first = doubled.sort(_PAIR).row(0, named=True)
        message = f"the ranking of user {first[schema.USER_ID]} holds item {first[schema.ITEM_ID]} more than once"
        raise DataError(message)
