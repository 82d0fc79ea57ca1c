import numpy as np
import polars as pl
import pytest
import scipy.stats

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import (
    bootstrap_interval,
    difference,
    draw_weights,
    in_chunks,
    mean_measure,
    ratio_statistic,
    tie_groups,
)


def test_every_resample_draws_as_many_users_as_there_are() -> None:
    weights = draw_weights(7, 100, seed=3)
    assert weights.shape == (100, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert (weights >= 0).all()


def test_equal_seeds_give_equal_intervals_and_other_seeds_do_not() -> None:
    statistic = ratio_statistic(np.arange(20.0), np.ones(20))
    first = bootstrap_interval(statistic, draw_weights(20, 200, seed=1))
    assert bootstrap_interval(statistic, draw_weights(20, 200, seed=1)) == first
    assert bootstrap_interval(statistic, draw_weights(20, 200, seed=2)) != first


def test_ratio_statistic_by_hand() -> None:
    """User a has values 1 and 3 (sum 4, count 2), user b has 5.

    Once each: (4 + 5) / 3 = 3. With a twice and b never: 8 / 4 = 2.
    """
    statistic = ratio_statistic([4.0, 5.0], [2, 1])
    assert statistic(np.array([[1.0, 1.0], [2.0, 0.0]])).tolist() == [3.0, 2.0]


def test_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(0).normal(size=60)
    ours = bootstrap_interval(ratio_statistic(values, np.ones(60)), draw_weights(60, 8000, seed=0))
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=8000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.value == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_about_95_of_100_intervals_hold_the_true_mean() -> None:
    """Users with 1 to 9 rows each and a user effect; 300 worlds of 50 users with true mean 0.

    The percentile interval of a mean is slightly too narrow; with 300 worlds the share's own standard error is 0.013.
    """
    generator = np.random.default_rng(5)
    covered = 0
    for world in range(300):
        sizes = generator.integers(1, 10, 50)
        sums = sizes * generator.normal(size=50) + np.sqrt(sizes) * generator.normal(size=50)
        found = bootstrap_interval(ratio_statistic(sums, sizes), draw_weights(50, 400, seed=world))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
    assert 0.89 <= covered / 300 <= 0.98


def test_difference_to_itself_is_exactly_zero() -> None:
    statistic = ratio_statistic(np.arange(9.0), np.ones(9))
    found = bootstrap_interval(difference(statistic, statistic), draw_weights(9, 100, seed=0))
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_pairing_removes_what_two_systems_share() -> None:
    """Both systems see the same large user effect and differ by a constant 0.1: the paired interval is a point."""
    effect = np.random.default_rng(2).normal(size=40)
    first, second = (ratio_statistic(effect + shift, np.ones(40)) for shift in (0.1, 0.0))
    weights = draw_weights(40, 500, seed=0)
    paired = bootstrap_interval(difference(first, second), weights)
    alone = bootstrap_interval(first, weights)
    assert (paired.low, paired.high) == pytest.approx((0.1, 0.1))
    assert alone.high is not None
    assert alone.low is not None
    assert alone.high - alone.low > 0.3


def test_undefined_resamples_are_counted_and_left_out() -> None:
    """Only the first of two users has rows: a resample without that user has no mean, a quarter of all."""
    found = bootstrap_interval(ratio_statistic([3.0, 0.0], [1, 0]), draw_weights(2, 1000, seed=0))
    assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)
    assert 200 < found.undefined < 300


def test_one_user_has_a_value_and_no_bounds() -> None:
    found = bootstrap_interval(ratio_statistic([3.0], [2]), draw_weights(1, 50, seed=0))
    assert (found.value, found.low, found.high) == (1.5, None, None)


def test_mean_measure_counts_users_and_rows_and_leaves_nulls_out() -> None:
    rows = pl.DataFrame({schema.USER_ID: ["a", "a", "b", "c"], "x": [1.0, 2.0, 6.0, None]})
    measure = mean_measure(rows, "x", ["a", "b", "c"])
    assert (measure.users, measure.rows) == (2, 3)
    assert measure.statistic(np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 5.0]])).tolist() == [3.0, 6.0]


def test_chunks_change_nothing() -> None:
    weights = draw_weights(5, 200, seed=0)
    statistic = ratio_statistic(np.arange(5.0), np.ones(5))
    assert in_chunks(statistic)(weights).tolist() == pytest.approx(statistic(weights).tolist())


def test_tie_groups_start_where_the_value_changes() -> None:
    order, starts = tie_groups([3, 1, 3, 2, 1])
    assert order.tolist() == [1, 4, 3, 0, 2]
    assert starts.tolist() == [0, 2, 3]
