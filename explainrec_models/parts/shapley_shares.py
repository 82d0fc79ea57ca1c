"""Shapley values of several scores at once: what each player adds, averaged over the orders in which they could arrive.

Sampled orders (Štrumbelj and Kononenko, JMLR 2010), each beside its reverse (antithetic sampling; Mitchell et al.,
"Sampling Permutations for Shapley Value Estimation", JMLR 2022). Whatever the orders, the values sum to what all
players have beyond none. ``P`` players, ``C`` scores.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_PAIRS, MOST_PAIRS = 4, 32
SETS = 4096
"""About so many sets are asked about, within the bounds of the pairs."""
SEED = 20


def shapley_shares(value: Callable[[NDArray[np.bool_]], Floats], players: int) -> tuple[Floats, Floats]:
    """Return the scores without any player (C) and what each player adds to them (P, C).

    Args:
        value: takes sets of players (B, P) and returns their scores (B, C).
        players: how many there are.
    """
    nothing = value(np.zeros((1, players), dtype=np.bool_))[0]
    gains = np.zeros((players, len(nothing)))
    if not players:
        return nothing, gains
    count = 0
    for arrival in _orders(players):
        moments = np.argsort(arrival)
        gains[arrival] += np.diff(value(moments < np.arange(players + 1)[:, None]), axis=0)
        count += 1
    return nothing, gains / count


def _orders(players: int) -> Iterator[NDArray[np.intp]]:
    generator = np.random.default_rng((SEED, players))
    for _ in range(min(MOST_PAIRS, max(FEWEST_PAIRS, SETS // (2 * players)))):
        order = generator.permutation(players)
        yield order
        yield order[::-1]
