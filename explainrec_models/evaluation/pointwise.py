"""Metrics of yes/no predictions: AUC, UAUC and log loss, from rows of (user, label, score).

UAUC is the unweighted mean, over users that have both a liked and a disliked row, of the AUC within the user's rows,
as CoLLM reports it (Zhang et al. 2023, arXiv 2310.19488). The global AUC mixes "which users like a lot" with "what
does this user like"; UAUC sees only the second.

Shapes: ``N`` rows, ``U`` users, ``R`` resamples.
"""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy
from scipy.stats import rankdata

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import Measure, Statistic, Weights, in_chunks, ratio_statistic, tie_groups
from explainrec_models.evaluation.calibration import calibration_error_statistic, chance_statistic

Numbers = NDArray[np.float64]


def auc_score(liked: ArrayLike, scores: ArrayLike) -> float:
    """Return the share of (liked, disliked) pairs in the right order, ties counted half; NaN with one label only."""
    from sklearn.metrics import roc_auc_score

    labels = np.asarray(liked)
    return float(roc_auc_score(labels, np.asarray(scores))) if len(np.unique(labels)) > 1 else float("nan")


def log_loss(liked: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean of -ln p(label), probabilities clipped as scikit-learn does."""
    from sklearn.metrics import log_loss as sklearn_log_loss

    return float(sklearn_log_loss(np.asarray(liked), np.asarray(probabilities, dtype=np.float64), labels=[0, 1]))


def uauc_score(users: ArrayLike, liked: ArrayLike, scores: ArrayLike) -> float:
    """Return the unweighted mean of the AUC within each user with both labels; NaN if there is none."""
    _, codes = np.unique(np.asarray(users), return_inverse=True)
    values = user_aucs(codes, np.asarray(liked), np.asarray(scores), codes.max() + 1)
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def user_aucs(users: NDArray[np.intp], liked: ArrayLike, scores: ArrayLike, count: int) -> Numbers:
    """Return each user's AUC (U), NaN where the user has one label only.

    AUC = (Σ of the liked rows' mid-ranks - P(P+1)/2) / (P·M) with P liked and M disliked rows.

    Args:
        users: index of each row's user (N).
        liked: 0 or 1 (N).
        scores: higher is better (N).
        count: number of users (U).
    """
    labels, values = np.asarray(liked, dtype=np.float64), np.asarray(scores)
    ranks = np.empty(len(labels))
    order = np.argsort(users, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(users[order])) + 1):
        ranks[rows] = rankdata(values[rows])
    positives = np.bincount(users, labels, minlength=count)
    negatives = np.bincount(users, 1 - labels, minlength=count)
    rank_sums = np.bincount(users, ranks * labels, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((rank_sums - positives * (positives + 1) / 2) / (positives * negatives))


def auc_statistic(users: NDArray[np.intp], liked: ArrayLike, scores: ArrayLike) -> Statistic:
    """Return AUC as a function of user multiplicities; equal to scikit-learn's with ``sample_weight``.

    Rows are sorted once. With p_g and m_g the weight of liked and disliked rows in the tie group g, in rising order of
    score: AUC = Σ_g p_g (Σ_{h<g} m_h + m_g / 2) / (Σ p · Σ m).
    """
    order, starts = tie_groups(scores)
    owners, labels = users[order], np.asarray(liked, dtype=np.float64)[order]
    return in_chunks(lambda weights: _weighted_auc(weights[:, owners], labels, starts))


def _weighted_auc(weights: Weights, labels: Numbers, starts: NDArray[np.intp]) -> Numbers:
    """Return the AUC of rows in rising order of score for each row of ``weights`` (R, N)."""
    positives = np.add.reduceat(weights * labels, starts, axis=1)
    negatives = np.add.reduceat(weights * (1 - labels), starts, axis=1)
    beaten = np.cumsum(negatives, axis=1) - negatives / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        return np.asarray((positives * beaten).sum(axis=1) / pairs)


def row_log_losses(liked: ArrayLike, probabilities: ArrayLike) -> Numbers:
    """Return -ln p(label) of each row (N), with scikit-learn's clipping for doubles."""
    labels = np.asarray(liked, dtype=np.float64)
    smallest = np.finfo(np.float64).eps
    clipped = np.clip(np.asarray(probabilities, dtype=np.float64), smallest, 1 - smallest)
    return np.asarray(-(xlogy(labels, clipped) + xlogy(1 - labels, 1 - clipped)))


def pointwise_measures(rows: pl.DataFrame, users: list[str]) -> dict[str, Measure]:
    """Return every metric of one system on some rows.

    Args:
        rows: user_id, liked, score and probability (N).
        users: the order in which multiplicities come (U); holds every user of ``rows``.
    """
    codes = rows[schema.USER_ID].replace_strict(users, range(len(users)), return_dtype=pl.Int64).to_numpy()
    liked = rows[schema.LIKED].to_numpy()
    scores, probabilities = rows[schema.SCORE].to_numpy(), rows[schema.PROBABILITY].to_numpy()
    sizes = np.bincount(codes, minlength=len(users))
    within = user_aucs(codes, liked, scores, len(users))
    mixed = np.isfinite(within)
    losses = np.bincount(codes, row_log_losses(liked, probabilities), minlength=len(users))
    whole = (int((sizes > 0).sum()), rows.height)
    return {
        "auc_score": Measure(auc_statistic(codes, liked, scores), *whole),
        "uauc_score": Measure(
            ratio_statistic(np.where(mixed, within, 0.0), mixed), int(mixed.sum()), int(sizes[mixed].sum())
        ),
        "log_loss": Measure(ratio_statistic(losses, sizes), *whole),
        "calibration_error": Measure(calibration_error_statistic(codes, liked, probabilities), *whole),
        "calibration_error_by_chance": Measure(chance_statistic(codes, probabilities), *whole),
    }
