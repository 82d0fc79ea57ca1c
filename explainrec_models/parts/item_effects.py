"""Item effects: how much more an item is liked than its raters like things, with content as the prior of new items.

y = mean + b_u + b_i with both effects shrunk (Koren, "Factorization Meets the Neighborhood", KDD 2008, section 2.1);
the prior of b_i is a ridge regression on the item's content (Agarwal and Chen, "Regression-based Latent Factor Models",
KDD 2009), so that an item nobody has rated starts from its attributes, words and picture. Alternating least squares
instead of a joint solution, the shrinkage in rows and the number of rounds are ours.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 6


@dataclass(frozen=True)
class Ratings:
    """Rows as indices. ``N`` rows.

    Attributes:
        users: (N).
        items: (N).
        liked: 0 or 1 (N).
    """

    users: NDArray[np.intp]
    items: NDArray[np.intp]
    liked: Floats

    def only(self, rows: NDArray[np.bool_]) -> "Ratings":
        """Return the rows of a mask."""
        return Ratings(self.users[rows], self.items[rows], self.liked[rows])


@dataclass(frozen=True)
class ItemEffects:
    """Effects of a catalogue, in shares of likes. ``I`` items, ``F`` content features, ``A`` of the audience.

    Attributes:
        mean: share liked of all rows.
        own: what an item's own rows say, shrunk (I).
        content: what content says of an item that nobody has rated (I).
        prior: what content and audience say of a rated item, and content of another (I).
        trust: weight that the prior still has beside the item's own rows, 1 without any (I).
        support: rows (I).
        weights: of the content features where nobody has rated (F).
        rated_weights: of content and audience where somebody has (F + A).
    """

    mean: float
    own: Floats
    content: Floats
    prior: Floats
    trust: Floats
    support: Floats
    weights: Floats
    rated_weights: Floats

    def with_new(self, content: Floats) -> "ItemEffects":
        """Return the effects with one more item that nobody has rated, in front of the last one.

        Args:
            content: its features (F).
        """
        predicted = float(content @ self.weights)

        def inserted(values: Floats, value: float) -> Floats:
            return np.insert(values, len(values) - 1, value)

        return replace(
            self,
            own=inserted(self.own, 0.0),
            content=inserted(self.content, predicted),
            prior=inserted(self.prior, predicted),
            trust=inserted(self.trust, 1.0),
            support=inserted(self.support, 0.0),
        )

    @property
    def total(self) -> Floats:
        """Effect of each item (I)."""
        return self.own + self.trust * self.prior

    def columns(self) -> Floats:
        """Return what the rows say, what the prior adds, and how many rows there are, on a log scale (I, 3)."""
        return np.stack([self.own, self.trust * self.prior, np.log1p(self.support)], axis=1)


def fit_item_effects(
    rows: Ratings,
    content: Floats,
    audience: Floats,
    *,
    users: int,
    user_rows: float,
    item_rows: float,
    penalty: float,
) -> ItemEffects:
    """Fit by alternating between users and items.

    Args:
        rows: training rows.
        content: features of each item (I, F).
        audience: features of who rated each item and of how many they are, whatever they thought of it (I, A).
        users: number of users.
        user_rows: imaginary average rows a user starts with.
        item_rows: imaginary rows, as its prior predicts them, an item starts with.
        penalty: L2 penalty of the weights.
    """
    items = len(content)
    mean = float(rows.liked.mean()) if len(rows.liked) else 0.5
    user_count = np.bincount(rows.users, minlength=users).astype(np.float64)
    support = np.bincount(rows.items, minlength=items).astype(np.float64)
    # A mean of few rows says less about its item than one of many, up to the spread between items themselves.
    precision = support / (1 + support / item_rows)
    of_content = _Ridge(content, precision, penalty)
    of_both = _Ridge(np.hstack([content, audience]), precision, penalty)
    rated = support > 0
    effects: Any = np.zeros(items)
    sums: Any = np.zeros(items)
    prior: Any = np.zeros(items)
    alone: Any = np.zeros(items)
    for _ in range(ROUNDS):
        rest = rows.liked - mean - effects[rows.items]
        levels = np.bincount(rows.users, rest, minlength=users) / (user_count + user_rows)
        sums = np.bincount(rows.items, rows.liked - mean - levels[rows.users], minlength=items)
        means = sums / np.maximum(support, 1)
        alone = of_content.predicted(means)
        prior = np.where(rated, of_both.predicted(means), alone)
        effects = (sums + item_rows * prior) / (support + item_rows)
    trust = item_rows / (support + item_rows)
    return ItemEffects(
        mean, sums / (support + item_rows), alone, prior, trust, support, of_content.weights, of_both.weights
    )


class _Ridge:
    """Weighted ridge regression of item means on features that stay the same."""

    def __init__(self, features: Floats, precision: Floats, penalty: float) -> None:
        self._features, self._precision = features, precision
        self._gram = features.T @ (precision[:, None] * features) + penalty * np.eye(features.shape[1])
        self.weights: Floats = np.zeros(features.shape[1])

    def predicted(self, means: Floats) -> Floats:
        self.weights = np.asarray(np.linalg.solve(self._gram, self._features.T @ (self._precision * means)), np.float64)
        return np.asarray(self._features @ self.weights, dtype=np.float64)
