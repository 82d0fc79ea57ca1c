"""How hard the shop is: what an oracle, a linear model and mere rates reach on the test rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator import world
from generator.items import Item
from generator.reviews import Review
from generator.texts import LIKE_FROM
from generator.users import User

Floats = NDArray[np.float64]
RATE_PRIOR = 5.0
"""Rows of the overall rate mixed into each user's and item's own."""
REGULARISATION = 250.0
SEASONED = 5


@dataclass(frozen=True)
class Summary:
    """What the generator prints and the tests check."""

    reviews: int
    liked_share: float
    shares: tuple[float, float, float]
    """Training, validation and test rows."""
    seasoned_share: float
    """Share of test users with at least ``SEASONED`` training rows."""
    auc_oracle: float
    auc_linear: float
    auc_rates: float

    def lines(self) -> list[str]:
        """Return one line a fact."""
        train, valid, test = self.shares
        return [
            f"reviews {self.reviews}, liked {self.liked_share:.1%}",
            f"train / valid / test {train:.1%} / {valid:.1%} / {test:.1%}",
            f"test users with {SEASONED} training rows {self.seasoned_share:.1%}",
            f"AUC of the like label on test rows: true utility {self.auc_oracle:.3f},"
            f" linear item-item {self.auc_linear:.3f}, user and item rates {self.auc_rates:.3f}",
        ]


def summarise(users: list[User], items: list[Item], reviews: list[Review], utility: Floats) -> Summary:
    """Fit the two simple models on training rows and score the test rows."""
    row_of = {user.user_id: row for row, user in enumerate(users)}
    column_of = {item.item_id: column for column, item in enumerate(items)}
    rows = np.array([row_of[review.user_id] for review in reviews])
    columns = np.array([column_of[review.item.item_id] for review in reviews])
    liked = np.array([review.rating >= LIKE_FROM for review in reviews])
    times = np.array([review.timestamp for review in reviews])
    train = times < world.VALID_FROM.timestamp() * 1000
    test = times >= world.TEST_FROM.timestamp() * 1000
    signs = np.zeros(utility.shape)
    signs[rows[train], columns[train]] = np.where(liked[train], 1.0, -1.0)
    seasoned = np.abs(signs).sum(axis=1)[np.unique(rows[test])] >= SEASONED
    truth, cells = liked[test], (rows[test], columns[test])
    shares = (float(train.mean()), float((~train & ~test).mean()), float(test.mean()))
    return Summary(
        reviews=len(reviews),
        liked_share=float(liked.mean()),
        shares=shares,
        seasoned_share=float(seasoned.mean()),
        auc_oracle=auc(truth, utility[cells]),
        auc_linear=auc(truth, _item_item(signs)[cells]),
        auc_rates=auc(truth, _rates(signs)[cells]),
    )


def auc(truth: NDArray[np.bool_], scores: Floats) -> float:
    """Compute the chance that a liked row outranks a disliked one; ties count half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = int(truth.sum())
    negatives = len(truth) - positives
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _rates(signs: Floats) -> Floats:
    """Add the log-odds of each user's and each item's smoothed like rate."""
    overall = (signs > 0).sum() / (signs != 0).sum()

    def log_odds(axis: int) -> Floats:
        rate = ((signs > 0).sum(axis=axis) + RATE_PRIOR * overall) / ((signs != 0).sum(axis=axis) + RATE_PRIOR)
        result: Floats = np.log(rate / (1 - rate))
        return result

    return log_odds(1)[:, None] + log_odds(0)[None, :]


def _item_item(signs: Floats) -> Floats:
    """Score by EASE (Steck 2019, arXiv 1905.03375) over likes as +1 and dislikes as -1."""
    inverse = np.linalg.inv(signs.T @ signs + REGULARISATION * np.eye(signs.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    scores: Floats = signs @ weights
    return scores
