"""Percentile bootstrap over users: every metric is a function of how often each user was drawn.

Rows of one user are not independent, so users are resampled, not rows. The multiplicities are drawn once and handed
to every system: differences between systems are paired by construction. ``scipy.stats.bootstrap`` redraws at every
call and hands over resampled rows, which would cost a sort per resample and lose the pairing; hence numpy.

Shapes: ``R`` resamples, ``U`` users.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from explainrec_models.data import schema

Weights = NDArray[np.float64]
Statistic = Callable[[Weights], NDArray[np.float64]]
"""Multiplicities (R, U) in, values (R,) out; NaN where a resample leaves the metric undefined."""

LEVEL = 0.95
_CHUNK = 64
"""Resamples at a time: 64 x 100,000 rows are 50 MB."""


@dataclass(frozen=True)
class Measure:
    """A metric that is ready to be resampled.

    Attributes:
        users: users that enter it.
        rows: rows that enter it.
    """

    statistic: Statistic
    users: int
    rows: int


@dataclass(frozen=True)
class Interval:
    """A value with its percentile interval.

    Attributes:
        value: NaN where the metric is not defined on these rows.
        low: None where fewer than two users leave nothing to resample.
        undefined: resamples that were left out because the metric was not defined on them.
    """

    value: float
    low: float | None
    high: float | None
    undefined: int


def draw_weights(users: int, resamples: int, *, seed: int) -> Weights:
    """Draw how often each user occurs in each resample; every row of the (R, U) result sums to ``users``."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(users, np.full(users, 1 / users), size=resamples).astype(np.float64)


def bootstrap_interval(statistic: Statistic, weights: Weights, *, level: float = LEVEL) -> Interval:
    """Evaluate a metric on the users as they are, and its percentiles over the resamples."""
    users = weights.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(np.ones((1, users)))[0])
        draws = statistic(weights)
    defined = draws[np.isfinite(draws)]
    undefined = len(draws) - len(defined)
    if users < 2 or not len(defined):  # noqa: PLR2004 - two users are the fewest that can vary
        return Interval(value, None, None, undefined)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), undefined)


def difference(first: Statistic, second: Statistic) -> Statistic:
    """Return the paired difference: both terms see the same resampled users."""
    return lambda weights: first(weights) - second(weights)


def ratio_statistic(sums: ArrayLike, counts: ArrayLike) -> Statistic:
    """Return a mean whose rows belong to users: Σ_u w_u sums_u / Σ_u w_u counts_u.

    Args:
        sums: per user (U), the sum of the values of the user's rows.
        counts: per user (U), how many rows that were; 0 leaves the user out.
    """
    totals, sizes = np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    return lambda weights: (weights @ totals) / (weights @ sizes)


def mean_measure(rows: pl.DataFrame, column: str, users: list[str]) -> Measure:
    """Return the mean of a column over its non-null rows, each of which belongs to a user.

    Args:
        rows: user_id and ``column``.
        column: name of the values.
        users: the order in which multiplicities come (U); holds every user of ``rows``.
    """
    per_user = rows.drop_nulls(column).group_by(schema.USER_ID).agg(pl.col(column).sum().alias("sum"), pl.len())
    ordered = pl.DataFrame({schema.USER_ID: users}, schema={schema.USER_ID: pl.String}).join(
        per_user, on=schema.USER_ID, how="left", maintain_order="left"
    )
    counts = ordered["len"].fill_null(0).to_numpy()
    statistic = ratio_statistic(ordered["sum"].fill_null(0).to_numpy(), counts)
    return Measure(statistic, int((counts > 0).sum()), int(counts.sum()))


def in_chunks(statistic: Statistic) -> Statistic:
    """Feed a statistic a few resamples at a time, for those that hold a matrix of (R, rows)."""
    return lambda weights: np.concatenate(
        [statistic(weights[start : start + _CHUNK]) for start in range(0, len(weights), _CHUNK)]
    )


def tie_groups(values: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rising order of ``values`` (N) and where each group of equal values starts in that order (G).

    >>> order, starts = tie_groups([0.5, 0.2, 0.5])
    >>> order.tolist(), starts.tolist()
    ([1, 0, 2], [0, 1])
    """
    given = np.asarray(values)
    order = np.argsort(given, kind="stable")
    ordered = given[order]
    return order, np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
