"""Fitting what is counted: item effects and taste over all training rows, and again without each fold of users.

The features of a training row are counted without the rows of its user's fold, or the row's own answer would be among
what predicts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.parts.evidence import EvidenceTable
from explainrec_models.parts.item_effects import ItemEffects, Ratings, fit_item_effects
from explainrec_models.parts.item_space import TASTE, ItemSpace, taste_vectors

FOLDS = 5


@dataclass(frozen=True)
class Shrinkage:
    """Imaginary rows and penalties.

    Attributes:
        user_rows: average rows a user starts with.
        item_rows: rows, as its content predicts them, an item starts with.
        content_penalty: L2 penalty of the content weights.
    """

    user_rows: float
    item_rows: float
    content_penalty: float


@dataclass(frozen=True)
class Counted:
    """What was counted from some rows."""

    space: ItemSpace
    effects: ItemEffects

    def table(self) -> EvidenceTable:
        """Return the features that these counts give."""
        return EvidenceTable(self.space, self.effects)


def encoded(rows: pl.DataFrame, space: ItemSpace) -> tuple[Ratings, NDArray[np.int64], list[str]]:
    """Return rows of known items in time order as indices, their moments and the users by index."""
    known = rows.filter(pl.col(schema.ITEM_ID).is_in(list(space.item_ids))).sort(schema.TIMESTAMP, maintain_order=True)
    users = known[schema.USER_ID].unique().sort().to_list()
    place = {user: number for number, user in enumerate(users)}
    ratings = Ratings(
        np.array([place[user] for user in known[schema.USER_ID]], dtype=np.intp),
        np.array([space.position[item] for item in known[schema.ITEM_ID]], dtype=np.intp),
        known[schema.LIKED].cast(pl.Float64).to_numpy().copy(),
    )
    return ratings, known[schema.TIMESTAMP].to_numpy().copy(), users


def count(rows: Ratings, space: ItemSpace, shrinkage: Shrinkage, *, users: int) -> Counted:
    """Fit item effects and taste vectors."""
    effects = fit_item_effects(
        rows,
        space.content(),
        users=users,
        user_rows=shrinkage.user_rows,
        item_rows=shrinkage.item_rows,
        penalty=shrinkage.content_penalty,
    )
    residuals = rows.liked - effects.mean - effects.total[rows.items]
    rated = np.bincount(rows.users, minlength=users)
    levels = np.bincount(rows.users, residuals, minlength=users) / (rated + shrinkage.user_rows)
    shape = (users, len(space.item_ids))
    taste = taste_vectors(rows.users, rows.items, residuals - levels[rows.users], shape, space.blocks[TASTE].shape[1])
    return Counted(space.with_taste(taste), effects)


def folds_of(users: int, seed: int) -> NDArray[np.intp]:
    """Return each user's fold."""
    return np.random.default_rng((seed, 5)).permutation(users) % FOLDS


def count_without_folds(
    rows: Ratings, space: ItemSpace, shrinkage: Shrinkage, folds: NDArray[np.intp]
) -> Sequence[Counted]:
    """Count once a fold, without the rows of its users."""
    return [count(rows.only(folds[rows.users] != fold), space, shrinkage, users=len(folds)) for fold in range(FOLDS)]
