"""Comparing systems on the same held-out rows and lists: slices, probabilities, paired intervals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.one_label import only_label
from explainrec_models.errors import DataError
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import draw_weights
from explainrec_models.evaluation.calibration import Platt, fit_platt, reliability_table
from explainrec_models.evaluation.pointwise import pointwise_measures
from explainrec_models.evaluation.ranking import UserRanking, rank_users, ranking_measures
from explainrec_models.evaluation.results import Results

REFERENCE = "rates"
"""The zero-parameter baseline that every system is held against."""
SECOND_REFERENCE = "popularity"
"""Held against where the first cannot use the dataset: without dislikes there are no rates."""

SLICES = {
    c.ALL: pl.lit(value=True),
    c.WARM: pl.col(schema.WARM_USER),
    c.COLD: ~pl.col(schema.WARM_USER),
}


def reference_among(usable: Collection[str], unusable: Collection[str]) -> str:
    """Return the baseline: the second one where the first is a row of the table that cannot use the dataset."""
    return SECOND_REFERENCE if REFERENCE in unusable and SECOND_REFERENCE in usable else REFERENCE


def with_probabilities(valid: pl.DataFrame, test: pl.DataFrame) -> tuple[Platt, pl.DataFrame]:
    """Fit Platt scaling on one system's validation rows and add ``probability`` to its test rows.

    Raises:
        DataError: there is no validation row.
    """
    if not valid.height:
        message = "there are no held-out validation rows, so no system's scores can be turned into probabilities"
        raise DataError(message)
    platt = fit_platt(valid[schema.SCORE].to_numpy(), valid[schema.LIKED].to_numpy())
    probabilities = pl.Series(platt.probabilities(test[schema.SCORE].to_numpy()))
    return platt, test.with_columns(probabilities.alias(schema.PROBABILITY))


def compare_predictions(
    results: Results, tested: Mapping[str, pl.DataFrame], *, resamples: int, seed: int, reference: str = REFERENCE
) -> dict[str, dict[str, int]]:
    """Add AUC, UAUC, log loss and calibration error of every system on every slice.

    ``tested`` holds, per system, the same test rows with its score and probability. Where all of them have one label,
    as events without ratings do, none of the four says anything, and each is absent. Returns the users and rows of each
    slice.
    """
    sizes: dict[str, dict[str, int]] = {}
    if not tested:
        return sizes
    lacking = one_label_reason(next(iter(tested.values())))
    for part, condition in SLICES.items():
        rows = {system: table.filter(condition) for system, table in tested.items()}
        users = sorted(next(iter(rows.values()))[schema.USER_ID].unique().to_list())
        sizes[part] = {c.USERS: len(users), c.ROWS: next(iter(rows.values())).height}
        if not users:
            for system in rows:
                results.miss(system, c.EVERY_PREDICTION, "the test rows hold no such user", part=part)
            continue
        if lacking:
            for system in rows:
                results.miss(system, c.EVERY_PREDICTION, lacking, part=part)
            continue
        measures = {system: pointwise_measures(table, users) for system, table in rows.items()}
        weights = draw_weights(len(users), resamples, seed=seed)
        results.add_all(measures, weights, reference=reference, part=part)
    return sizes


def one_label_reason(rows: pl.DataFrame) -> str | None:
    """Return why test rows of one label measure no prediction, in words; None where there are both labels."""
    label = only_label(rows)
    if label is None:
        return None
    return f"all {rows.height:,} test rows are {label}, so that there is nothing to tell them from"


def compare_rankings(
    results: Results,
    rankings: Mapping[str, pl.DataFrame],
    relevant: pl.DataFrame,
    cutoffs: Sequence[int],
    *,
    resamples: int,
    seed: int,
    reference: str = REFERENCE,
    candidates: bool = False,
) -> dict[str, dict[str, Any]]:
    """Add recall, NDCG and MRR of every system that ranks.

    Args:
        results: to add to.
        rankings: per system, user_id, rank, item_id and score.
        relevant: user_id and item_id.
        cutoffs: list lengths.
        resamples: bootstrap resamples over users.
        seed: of the resamples.
        reference: the system the others are compared with.
        candidates: whether the lists are of published candidates; the metrics are then named so, as
            ``ndcg_at_10_candidates_score``.

    Returns:
        Per ranking system, how many users were scored and left out.

    Raises:
        DataError: two systems rank for different users, or a list is not a list.
    """
    every = c.EVERY_CANDIDATE_RANKING if candidates else c.EVERY_RANKING
    scored: dict[str, UserRanking] = {}
    for system, ranking in rankings.items():
        if not ranking.height:
            results.miss(system, every, "its ranking is empty")
            continue
        try:
            scored[system] = rank_users(ranking, relevant, cutoffs)
        except DataError as error:
            message = f"system {system!r}: {error}. Run the stage 'predict' of {system!r} again."
            raise DataError(message) from error
    _require_same_users({system: rankings[system] for system in scored})
    users = next((by_user.users.height for by_user in scored.values()), 0)
    if not users:
        for system in scored:
            results.miss(system, every, "no user has both a list and a relevant item")
    else:
        weights = draw_weights(users, resamples, seed=seed)
        measures = {system: ranking_measures(by_user) for system, by_user in scored.items()}
        if candidates:
            measures = {
                system: {_of_candidates(metric): measure for metric, measure in by_metric.items()}
                for system, by_metric in measures.items()
            }
        results.add_all(measures, weights, reference=reference)
    return {system: _counts(by_user, rankings[system]) for system, by_user in scored.items()}


def calibration_table(tested: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the reliability table of every system on all test rows; no row where they have one label only."""
    if not tested or one_label_reason(next(iter(tested.values()))):
        return _NO_CURVE
    tables = [
        reliability_table(table[schema.LIKED].to_numpy(), table[schema.PROBABILITY].to_numpy()).select(
            pl.lit(system).alias(schema.SYSTEM), pl.all()
        )
        for system, table in tested.items()
    ]
    return pl.concat(tables)


_NO_CURVE = pl.DataFrame(
    schema={
        schema.SYSTEM: pl.String,
        c.BIN: pl.Int64,
        c.MEAN_PROBABILITY: pl.Float64,
        c.LIKE_SHARE: pl.Float64,
        c.ROWS: pl.Int64,
    }
)


def _of_candidates(metric: str) -> str:
    return f"{metric.removesuffix('_score')}_candidates_score"


def _counts(by_user: UserRanking, ranking: pl.DataFrame) -> dict[str, Any]:
    facts = asdict(by_user) | {c.USERS: by_user.users.height}
    return facts | {"shortest_list": int(ranking.group_by(schema.USER_ID).len()["len"].to_numpy().min())}


def _require_same_users(rankings: Mapping[str, pl.DataFrame]) -> None:
    users = {system: set(ranking[schema.USER_ID].unique().to_list()) for system, ranking in rankings.items()}
    first = next(iter(users), None)
    for system, ranked in users.items():
        if first is not None and ranked != users[first]:
            lacking, extra = sorted(users[first] - ranked), sorted(ranked - users[first])
            message = (
                f"the ranking of system {system!r} covers other users than that of {first!r}: {len(lacking)} missing "
                f"(first: {lacking[0] if lacking else 'none'}), {len(extra)} extra "
                f"(first: {extra[0] if extra else 'none'}). Run the stage 'predict' of both again."
            )
            raise DataError(message)
