"""Probabilities from scores (Platt scaling on validation rows), and how far they are from what happened.

Platt scaling: "Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods",
John Platt, 1999. Fitted here by plain maximum likelihood, without Platt's smoothed targets.

Shapes: ``N`` rows, ``G`` groups of equal probability, ``R`` resamples.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from explainrec_models.evaluation.bootstrap import Statistic, Weights, in_chunks, tie_groups
from explainrec_models.evaluation.columns import BIN, LIKE_SHARE, MEAN_PROBABILITY, ROWS

BINS = 15
DRAWS, DRAW_SEED = 5, 20
_WEAK_PENALTY = 1e6
"""Inverse penalty on a standardised score: no effect on real data, finite where the labels are separable."""


@dataclass(frozen=True)
class Platt:
    """p(like) = 1 / (1 + exp(-(slope·score + intercept))).

    Attributes:
        note: how it was fitted, in words.
    """

    slope: float
    intercept: float
    note: str

    def probabilities(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of a like for each score (N)."""
        return np.asarray(expit(self.slope * np.asarray(scores, dtype=np.float64) + self.intercept))


def fit_platt(scores: ArrayLike, liked: ArrayLike) -> Platt:
    """Fit on validation rows; a score or a label without variation gives the like-rate for every row.

    With one label only, the like-rate is (likes + 1) / (rows + 2): a probability of exactly 0 or 1 would make one
    surprise cost everything.

    Raises:
        ValueError: there is no row.
    """
    from sklearn.linear_model import LogisticRegression

    values, labels = np.asarray(scores, dtype=np.float64), np.asarray(liked, dtype=np.int64)
    if not len(labels):
        message = "no validation row to fit probabilities on"
        raise ValueError(message)
    likes, rows = int(labels.sum()), len(labels)
    if likes in {0, rows}:
        rate = (likes + 1) / (rows + 2)
        return Platt(0.0, float(logit(rate)), "smoothed like-rate: the validation rows have one label only")
    if values.min() == values.max():
        return Platt(0.0, float(logit(likes / rows)), "like-rate: the score is constant on the validation rows")
    centre, spread = values.mean(), values.std()
    model = LogisticRegression(C=_WEAK_PENALTY, max_iter=1000, tol=1e-8)
    model.fit(((values - centre) / spread)[:, None], labels)
    slope = float(model.coef_[0, 0] / spread)
    return Platt(slope, float(model.intercept_[0] - slope * centre), "logistic regression on the validation rows")


def calibration_error_statistic(
    users: NDArray[np.intp], liked: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS
) -> Statistic:
    """Return the expected calibration error as a function of user multiplicities.

    ECE = Σ_b |B_b|/n · |share of likes in B_b - mean probability in B_b| over bins of equal mass. Rows of equal
    probability stay in one bin, that of their middle, so that no order of rows can change the value. Bins are drawn
    anew in each resample; the scaling is not fitted anew.
    """
    forecast = np.asarray(probabilities, dtype=np.float64)
    return _mean_error(users, np.asarray(liked, dtype=np.float64)[None], forecast, bins)


def chance_statistic(users: NDArray[np.intp], probabilities: ArrayLike, *, bins: int = BINS) -> Statistic:
    """Return the calibration error that these rows would have if every probability were right.

    Few rows a bin never like exactly as many as the probabilities say, so that the error of a perfect forecast is not
    zero (Bröcker and Smith, "Increasing the Reliability of Reliability Diagrams", Weather and Forecasting 2007). Mean
    over labels drawn from the probabilities.
    """
    forecast = np.asarray(probabilities, dtype=np.float64)
    # Drawn in an order of the rows' own, or another order of the same rows would have other labels.
    order = np.lexsort((users, forecast))
    owners, forecast = users[order], forecast[order]
    drawn = np.random.default_rng(DRAW_SEED).random((DRAWS, len(forecast))) < forecast
    return _mean_error(owners, drawn.astype(np.float64), forecast, bins)


def _mean_error(
    users: NDArray[np.intp], answers: NDArray[np.float64], forecast: NDArray[np.float64], bins: int
) -> Statistic:
    """Return the mean calibration error of several sets of answers (K, N) to the same forecast, in the same bins."""
    order, starts = tie_groups(forecast)
    owners, gaps = users[order], (answers - forecast)[:, order]

    def statistic(weights: Weights) -> NDArray[np.float64]:
        spread = weights[:, owners]
        mass = np.add.reduceat(spread, starts, axis=1)
        cells = (_bins(mass, bins) + np.arange(len(weights))[:, None] * bins).ravel()
        sums = np.zeros(len(weights))
        for gap in gaps:
            missing = np.add.reduceat(spread * gap, starts, axis=1)
            per_bin = np.bincount(cells, missing.ravel(), minlength=len(weights) * bins)
            sums += np.abs(per_bin.reshape(-1, bins)).sum(axis=1)
        return np.asarray(sums / len(gaps) / mass.sum(axis=1))

    return in_chunks(statistic)


def calibration_error(liked: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS) -> float:
    """Return the expected calibration error of rows that count equally."""
    rows = len(np.asarray(liked))
    statistic = calibration_error_statistic(np.zeros(rows, dtype=np.intp), liked, probabilities, bins=bins)
    return float(statistic(np.ones((1, 1)))[0])


def reliability_table(liked: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS) -> pl.DataFrame:
    """Return one row a non-empty bin: bin (from 1), mean_probability, like_share, rows."""
    forecast, labels = np.asarray(probabilities, dtype=np.float64), np.asarray(liked, dtype=np.float64)
    order, starts = tie_groups(forecast)
    mass = np.diff(np.append(starts, len(forecast)))
    numbers = np.repeat(_bins(mass[None, :].astype(np.float64), bins)[0], mass)
    rows = pl.DataFrame({BIN: numbers + 1, MEAN_PROBABILITY: forecast[order], LIKE_SHARE: labels[order]})
    return (
        rows.group_by(BIN)
        .agg(pl.col(MEAN_PROBABILITY).mean(), pl.col(LIKE_SHARE).mean(), pl.len().cast(pl.Int64).alias(ROWS))
        .sort(BIN)
    )


def _bins(mass: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """Return the bin of each group (R, G) from its weight (R, G): where its middle falls in the total."""
    middle = np.cumsum(mass, axis=1) - mass / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.nan_to_num(middle / mass.sum(axis=1, keepdims=True))
    return np.asarray(np.minimum(place * bins, bins - 1), dtype=np.intp)
