"""Do scores move when what an explanation cites is deleted? And does it cite the history at all?

Comprehensiveness is that of ERASER (DeYoung et al. 2020, arXiv 1911.03429): score - score without the evidence, here
the mean over explained (user, item) pairs and, where several counts were deleted, over those counts first. Scores of
different systems have different units, so a drop is divided by the standard deviation of the same system's scores over
the first ranks of the same user's list; the raw drop is reported beside it. A user whose scores there are all equal has
no unit: such pairs are left out of the normalised mean and counted.

Deleting as many random or popular history items is the control. A faithful explanation has a positive gap to it.
"""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import Measure, mean_measure

_RAW = "raw"
_DROP = "drop"
_GAP = "gap"
_PAIR = [schema.USER_ID, schema.ITEM_ID]
_INFIXES = {c.CITED: "", c.RANDOM: "random_", c.POPULAR: "popular_"}


def score_drops(deletions: pl.DataFrame, ranking: pl.DataFrame, *, depth: int) -> pl.DataFrame:
    """Return the deletions with ``raw`` (score - score_without) and ``drop`` (in standard deviations, or null).

    Args:
        deletions: user_id, item_id, removed, count, score, score_without.
        ranking: user_id, rank, score of the same system.
        depth: ranks over which the standard deviation is taken; the same for all systems, since a deeper list spreads
            wider.
    """
    spread = (
        ranking.filter(pl.col(schema.RANK) <= depth)
        .group_by(schema.USER_ID)
        .agg(pl.col(schema.SCORE).cast(pl.Float64).std(ddof=0).alias("spread"))
        .filter(pl.col("spread") > 0)
    )
    raw = pl.col(schema.SCORE).cast(pl.Float64) - pl.col(c.SCORE_WITHOUT).cast(pl.Float64)
    return (
        deletions.join(spread, on=schema.USER_ID, how="left", maintain_order="left")
        .with_columns(raw.alias(_RAW), (raw / pl.col("spread")).alias(_DROP))
        .drop("spread")
    )


def count_without_spread(drops: pl.DataFrame) -> int:
    """Count the (user, item) pairs whose drop cannot be normalised."""
    return drops.filter(pl.col(_DROP).is_null()).select(_PAIR).n_unique() if drops.height else 0


def faithfulness_measures(drops: pl.DataFrame, users: list[str]) -> dict[str, Measure]:
    """Return comprehensiveness by what was removed, its raw twin, and the paired gap cited - random.

    The gap is a mean over the pairs that have both; each pair is compared with itself.

    Args:
        drops: what ``score_drops`` returned.
        users: the order in which multiplicities come.
    """
    pairs = drops.group_by(*_PAIR, c.REMOVED).agg(pl.col(_RAW).mean(), pl.col(_DROP).mean())
    measures = {}
    for removed, infix in _INFIXES.items():
        rows = pairs.filter(pl.col(c.REMOVED) == removed)
        measures[f"comprehensiveness_{infix}score"] = mean_measure(rows, _DROP, users)
        measures[f"comprehensiveness_{infix}raw_score"] = mean_measure(rows, _RAW, users)
    cited, random = (pairs.filter(pl.col(c.REMOVED) == removed) for removed in (c.CITED, c.RANDOM))
    both = cited.join(random, on=_PAIR, how="inner").with_columns(
        (pl.col(_DROP) - pl.col(f"{_DROP}_right")).alias(_GAP)
    )
    measures["comprehensiveness_gap_score"] = mean_measure(both, _GAP, users)
    return measures


def deletion_curve(drops: pl.DataFrame) -> pl.DataFrame:
    """Return the mean normalised drop by what and how much was removed: removed, count, mean_score_drop."""
    return (
        drops.drop_nulls(_DROP)
        .group_by(c.REMOVED, c.COUNT)
        .agg(pl.col(_DROP).mean().alias(c.MEAN_SCORE_DROP))
        .sort(c.REMOVED, c.COUNT)
    )


def grounding_measure(reasons: pl.DataFrame, histories: pl.DataFrame, users: list[str]) -> Measure:
    """Return the share of cited items that are in the history, over all citations.

    An item counts only if it is in the history that the explanation lists and among the user's recorded rows: a listed
    history is the system's word.

    Args:
        reasons: user_id, item_id, cited (list), history (list).
        histories: user_id, item_id of the recorded rows before the test cut.
        users: the order in which multiplicities come.
    """
    recorded = histories.select(_PAIR).unique().with_columns(recorded=pl.lit(value=True))
    citations = (
        reasons.select(schema.USER_ID, c.HISTORY_ITEMS, pl.col(c.CITED_ITEMS).alias(schema.ITEM_ID))
        .explode(schema.ITEM_ID)
        .drop_nulls(schema.ITEM_ID)
        .join(recorded, on=_PAIR, how="left")
        .with_columns(
            grounded=(
                pl.col(c.HISTORY_ITEMS).list.contains(pl.col(schema.ITEM_ID))
                & pl.col("recorded").fill_null(value=False)
            )
        )
    )
    return mean_measure(citations, "grounded", users)
