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
    """Effects of a catalogue, in shares of likes. ``I`` items, ``F`` content features.

    Attributes:
        mean: share liked of all rows.
        own: what an item's own rows say, shrunk (I).
        content: what content says of an item without rows (I).
        trust: weight that content still has beside the item's own rows, 1 without any (I).
        support: rows (I).
        weights: of the content features (F).
    """

    mean: float
    own: Floats
    content: Floats
    trust: Floats
    support: Floats
    weights: Floats

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
            trust=inserted(self.trust, 1.0),
            support=inserted(self.support, 0.0),
        )

    @property
    def total(self) -> Floats:
        """Effect of each item (I)."""
        return self.own + self.trust * self.content


def fit_item_effects(
    rows: Ratings, content: Floats, *, users: int, user_rows: float, item_rows: float, penalty: float
) -> ItemEffects:
    """Fit by alternating between users and items.

    Args:
        rows: training rows.
        content: features of each item (I, F).
        users: number of users.
        user_rows: imaginary average rows a user starts with.
        item_rows: imaginary rows, as content predicts them, an item starts with.
        penalty: L2 penalty of the content weights.
    """
    items, width = content.shape
    mean = float(rows.liked.mean()) if len(rows.liked) else 0.5
    user_count = np.bincount(rows.users, minlength=users).astype(np.float64)
    support = np.bincount(rows.items, minlength=items).astype(np.float64)
    # A mean of few rows says less about its item than one of many, up to the spread between items themselves.
    precision = support / (1 + support / item_rows)
    gram = content.T @ (precision[:, None] * content) + penalty * np.eye(width)
    effects: Any = np.zeros(items)
    sums: Any = np.zeros(items)
    weights: Any = np.zeros(width)
    predicted: Any = np.zeros(items)
    for _ in range(ROUNDS):
        rest = rows.liked - mean - effects[rows.items]
        levels = np.bincount(rows.users, rest, minlength=users) / (user_count + user_rows)
        sums = np.bincount(rows.items, rows.liked - mean - levels[rows.users], minlength=items)
        weights = np.linalg.solve(gram, content.T @ (precision * sums / np.maximum(support, 1)))
        predicted = content @ weights
        effects = (sums + item_rows * predicted) / (support + item_rows)
    trust = item_rows / (support + item_rows)
    return ItemEffects(mean, sums / (support + item_rows), predicted, trust, support, weights)
