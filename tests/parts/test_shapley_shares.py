"""Shapley values by hand, by enumeration, and whatever the scores: they sum to what all players have beyond none."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explainrec_models.parts.shapley_shares import shapley_shares


def test_what_two_have_only_together_is_halved() -> None:
    def value(players: NDArray[np.bool_]) -> NDArray[np.float64]:
        first, second, third = players.T.astype(np.float64)
        return np.stack([5 + 2 * first * second - third, third], axis=1)

    nothing, gains = shapley_shares(value, 3)
    np.testing.assert_allclose(nothing, [5, 0])
    np.testing.assert_allclose(gains, [[1, 0], [1, 0], [-1, 1]], atol=1e-12)


def test_nobody_has_nothing_to_share() -> None:
    nothing, gains = shapley_shares(lambda players: np.full((len(players), 2), 3.0), 0)
    assert nothing.tolist() == [3, 3]
    assert gains.shape == (0, 2)


@given(st.integers(1, 9), st.integers(0, 1000))
def test_shares_sum_to_what_all_have_beyond_none(players: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(2**players, 2))
    codes = 2 ** np.arange(players)
    nothing, gains = shapley_shares(lambda kept: scores[kept @ codes], players)
    np.testing.assert_allclose(nothing + gains.sum(axis=0), scores[-1], atol=1e-9)


def test_sampled_orders_come_near_all_orders() -> None:
    generator = np.random.default_rng(3)
    amounts = generator.normal(size=5)

    def value(players: NDArray[np.bool_]) -> NDArray[np.float64]:
        # The form of the counts: a sum divided by a root of how much was summed.
        return np.asarray((players @ amounts) / np.sqrt(players.sum(axis=1) + 1), dtype=np.float64)[:, None]

    expected = np.zeros(5)
    for order in permutations(range(5)):
        kept = np.zeros(5, dtype=np.bool_)
        for player in order:
            before = value(kept[None])[0, 0]
            kept[player] = True
            expected[player] += (value(kept[None])[0, 0] - before) / 120
    _, gains = shapley_shares(value, 5)
    assert gains[:, 0] == pytest.approx(expected, abs=0.02)
