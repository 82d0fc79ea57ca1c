"""Judging scores on CoLLM's split: metrics with intervals over users, and paired differences, as record cells."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import Interval, Measure, bootstrap_interval, difference, draw_weights
from explainrec_models.evaluation.calibration import fit_platt
from explainrec_models.evaluation.pointwise import pointwise_measures

RESAMPLES = 2000
SEED = 0
"""Of the resamples: the same for every benchmark, so that differences between their records are paired."""

Scores = NDArray[np.float32]
"""One a row."""


def measures(test: pl.DataFrame, test_scores: Scores, valid: pl.DataFrame, valid_scores: Scores) -> dict[str, Measure]:
    """Return every metric of one system; its probabilities are fitted on validation rows (Platt scaling).

    Args:
        test: the rows that are judged, columns ``schema.INTERACTION_COLUMNS`` (N).
        test_scores: of these rows (N).
        valid: validation rows (M).
        valid_scores: of those (M), with nothing in their features that came after them.
    """
    platt = fit_platt(valid_scores, valid[schema.LIKED].to_numpy())
    judged = test.select(schema.USER_ID, schema.LIKED).with_columns(
        pl.Series(schema.SCORE, test_scores), pl.Series(schema.PROBABILITY, platt.probabilities(test_scores))
    )
    return pointwise_measures(judged, _users(test))


def cells(test: pl.DataFrame, found: dict[str, Measure]) -> dict[str, dict[str, float | None]]:
    """Return value, low and high of each metric, users resampled."""
    weights = draw_weights(test[schema.USER_ID].n_unique(), RESAMPLES, seed=SEED)
    return {name: cell(bootstrap_interval(one.statistic, weights)) for name, one in found.items()}


def value(test: pl.DataFrame, measure: Measure) -> float:
    """Return a metric on the users as they are."""
    return float(measure.statistic(np.ones((1, test[schema.USER_ID].n_unique())))[0])


def paired(test: pl.DataFrame, first: dict[str, Measure], second: dict[str, Measure]) -> dict[str, Any]:
    """Return the first minus the second of each metric, both on the same resamples."""
    weights = draw_weights(len(_users(test)), RESAMPLES, seed=SEED)
    return {
        name: cell(bootstrap_interval(difference(one.statistic, second[name].statistic), weights))
        for name, one in first.items()
    }


def _users(test: pl.DataFrame) -> list[str]:
    return test[schema.USER_ID].unique().sort().to_list()


def cell(interval: Interval) -> dict[str, float | None]:
    """Return value, low and high as a record holds them."""
    bounds = {"value": interval.value, "low": interval.low, "high": interval.high}
    return {name: None if bound is None else round(bound, 4) for name, bound in bounds.items()}
