import math
import time
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import log_loss as sklearn_log_loss
from sklearn.metrics import roc_auc_score

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import bootstrap_interval, draw_weights
from explainrec_models.evaluation.pointwise import (
    auc_score,
    auc_statistic,
    log_loss,
    pointwise_measures,
    row_log_losses,
    uauc_score,
    user_aucs,
)

Rows = list[tuple[int, int, int]]
rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(-4, 4)), min_size=2, max_size=25)
multiplicities = st.lists(st.integers(0, 3), min_size=4, max_size=4)


def columns(drawn: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    users, liked, scores = (np.array(column) for column in zip(*drawn, strict=True))
    return users, liked, scores


def test_auc_by_hand() -> None:
    """Liked rows score .4 and .8, disliked .1 and .4.

    Pairs: .4 > .1 (1), .4 = .4 (1/2), .8 > .1 (1), .8 > .4 (1): 3.5 / 4 = .875.
    """
    liked, scores = [0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]
    assert auc_score(liked, scores) == 0.875
    assert auc_statistic(np.zeros(4, dtype=int), liked, scores)(np.ones((1, 1))).tolist() == [0.875]


def test_auc_of_one_label_is_not_a_number() -> None:
    assert math.isnan(auc_score([1, 1], [0.3, 0.4]))
    with np.errstate(invalid="ignore"):
        assert np.isnan(auc_statistic(np.zeros(2, dtype=int), [1, 1], [0.3, 0.4])(np.ones((1, 1)))).all()


def test_uauc_by_hand() -> None:
    """User a orders both pairs (1), user b ties its only pair (1/2), user c has likes only and is left out: .75.

    The mean is unweighted: a's two pairs count as much as b's one.
    """
    users = ["a", "a", "a", "b", "b", "c"]
    assert uauc_score(users, [1, 1, 0, 1, 0, 1], [3, 2, 1, 5, 5, 0]) == 0.75


def test_uauc_without_any_mixed_user_is_not_a_number() -> None:
    assert math.isnan(uauc_score(["a", "b"], [1, 0], [0.1, 0.2]))


def test_log_loss_by_hand() -> None:
    """The liked row got .8, the disliked one .4: -(ln .8 + ln .6) / 2."""
    expected = -(math.log(0.8) + math.log(0.6)) / 2
    assert log_loss([1, 0], [0.8, 0.4]) == pytest.approx(expected)
    assert row_log_losses([1, 0], [0.8, 0.4]).mean() == pytest.approx(expected)


def test_log_loss_of_certainty_is_clipped_as_scikit_learn_does() -> None:
    liked, probabilities = [1, 0, 1], [0.0, 1.0, 1.0]
    expected = sklearn_log_loss(liked, probabilities)
    assert row_log_losses(liked, probabilities).mean() == pytest.approx(expected, rel=1e-12)


@given(rows, multiplicities)
def test_weighted_auc_equals_repeated_rows_and_scikit_learn(drawn: Rows, times: list[int]) -> None:
    users, liked, scores = columns(drawn)
    weights = np.array(times)[users]
    repeated = np.repeat(liked, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        ours = auc_statistic(users, liked, scores)(np.array([times], dtype=float))[0]
    if len(set(repeated.tolist())) < 2:
        assert np.isnan(ours)
        return
    assert ours == pytest.approx(roc_auc_score(repeated, np.repeat(scores, weights)))
    assert ours == pytest.approx(roc_auc_score(liked, scores, sample_weight=weights))


@given(rows)
def test_user_aucs_equal_scikit_learn(drawn: Rows) -> None:
    users, liked, scores = columns(drawn)
    found = user_aucs(users, liked, scores, 4)
    for user in range(4):
        mine = users == user
        if len(set(liked[mine].tolist())) == 2:
            assert found[user] == pytest.approx(roc_auc_score(liked[mine], scores[mine]))
        else:
            assert np.isnan(found[user])


@given(rows)
def test_auc_ignores_rising_transforms_and_turns_over_with_falling_ones(drawn: Rows) -> None:
    users, liked, scores = columns(drawn)
    if len(set(liked.tolist())) == 2:
        once = np.ones((1, 4))
        plain = auc_statistic(users, liked, scores)(once)[0]
        assert auc_statistic(users, liked, np.exp(scores / 3) - 7)(once)[0] == pytest.approx(plain)
        assert auc_statistic(users, liked, -scores)(once)[0] == pytest.approx(1 - plain)
    within = user_aucs(users, liked, scores, 4)
    assert user_aucs(users, liked, np.exp(scores / 3) - 7, 4) == pytest.approx(within, nan_ok=True)


@given(rows, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_no_metric_depends_on_the_order_of_rows(drawn: Rows, random: Random) -> None:
    users, liked, scores = columns(drawn)
    table = pl.DataFrame(
        {
            schema.USER_ID: [f"u{user}" for user in users],
            schema.LIKED: liked,
            schema.SCORE: scores.astype(float),
            schema.PROBABILITY: 1 / (1 + np.exp(-scores)),
        }
    )
    order = list(range(table.height))
    random.shuffle(order)
    names, once = ["u0", "u1", "u2", "u3"], np.ones((1, 4))
    with np.errstate(divide="ignore", invalid="ignore"):
        first = {name: m.statistic(once)[0] for name, m in pointwise_measures(table, names).items()}
        second = {name: m.statistic(once)[0] for name, m in pointwise_measures(table[order], names).items()}
    assert second == pytest.approx(first, nan_ok=True)


def test_measures_agree_with_the_plain_functions_and_count_what_enters() -> None:
    generator = np.random.default_rng(0)
    users = np.repeat(np.arange(12), 8)
    liked = generator.integers(0, 2, 96)
    liked[:8] = 1
    scores = generator.normal(size=96) + liked
    table = pl.DataFrame(
        {
            schema.USER_ID: [f"{user:02}" for user in users],
            schema.LIKED: liked,
            schema.SCORE: scores,
            schema.PROBABILITY: 1 / (1 + np.exp(-scores)),
        }
    )
    measures = pointwise_measures(table, sorted(table[schema.USER_ID].unique().to_list()))
    values = {name: measure.statistic(np.ones((1, 12)))[0] for name, measure in measures.items()}
    assert values["auc_score"] == pytest.approx(auc_score(liked, scores))
    assert values["uauc_score"] == pytest.approx(uauc_score(users, liked, scores))
    assert values["log_loss"] == pytest.approx(log_loss(liked, table[schema.PROBABILITY].to_numpy()))
    assert (measures["auc_score"].users, measures["auc_score"].rows) == (12, 96)
    assert (measures["uauc_score"].users, measures["uauc_score"].rows) == (11, 88)


def test_a_thousand_resamples_of_four_systems_are_fast() -> None:
    generator = np.random.default_rng(0)
    users, liked = np.sort(generator.integers(0, 170, 3300)), generator.integers(0, 2, 3300)
    weights = draw_weights(170, 1000, seed=0)
    start = time.perf_counter()
    for _ in range(4):
        bootstrap_interval(auc_statistic(users, liked, generator.normal(size=3300)), weights)
    assert time.perf_counter() - start < 10
