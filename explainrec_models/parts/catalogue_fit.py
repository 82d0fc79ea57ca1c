"""Fitting what is counted: item effects and taste over all training rows, and again without each fold of users.

The features of a training row are counted without the rows of its user's fold, or the row's own answer would be among
what predicts it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.parts.evidence import EvidenceTable
from explainrec_models.parts.item_effects import Floats, ItemEffects, Ratings, fit_item_effects
from explainrec_models.parts.item_space import AUDIENCE, TASTE, ItemSpace, audience_vectors, taste_vectors
from explainrec_models.parts.matrices import Matrix
from explainrec_models.parts.prototypes import Prototypes, build_prototypes

Tastes = Callable[[Ratings, tuple[int, int]], Matrix]
"""Rows in time order and numbers of users and items to collaborative item vectors (I, T)."""

FOLDS = 5
AUDIENCE_SCALE = 3.0
"""How much less the audience's weights are penalised than those of content, as a root."""


@dataclass(frozen=True)
class Shrinkage:
    """Imaginary rows and penalties.

    Attributes:
        user_rows: average rows a user starts with.
        item_rows: rows, as its content predicts them, an item starts with.
        content_penalty: L2 penalty of the content weights.
        kinds: of people in the knowledge base.
    """

    user_rows: float
    item_rows: float
    content_penalty: float
    kinds: int


@dataclass(frozen=True)
class Counted:
    """What was counted from some rows."""

    space: ItemSpace
    effects: ItemEffects
    prototypes: Prototypes

    def table(self) -> EvidenceTable:
        """Return the features that these counts give."""
        return EvidenceTable(self.space, self.effects, self.prototypes)


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


def count(
    rows: Ratings, space: ItemSpace, shrinkage: Shrinkage, *, users: int, seed: int, tastes: Tastes | None = None
) -> Counted:
    """Fit audience, item effects, taste vectors and kinds of people.

    Args:
        rows: in time order.
        space: what is known without them.
        shrinkage: imaginary rows and penalties.
        users: how many there are.
        seed: of the kinds of people.
        tastes: what gives the block of taste; None for factors of what people like beyond expectation.
    """
    shape = (users, len(space.item_ids))
    audience = audience_vectors(rows.users, rows.items, shape, space.blocks[AUDIENCE].shape[1])
    space = space.with_blocks(**{AUDIENCE: audience})
    effects = fit_item_effects(
        rows,
        space.content(),
        audience_features(space, rows),
        users=users,
        user_rows=shrinkage.user_rows,
        item_rows=shrinkage.item_rows,
        penalty=shrinkage.content_penalty,
    )
    residuals = rows.liked - effects.mean - effects.total[rows.items]
    rated = np.bincount(rows.users, minlength=users)
    levels = np.bincount(rows.users, residuals, minlength=users) / (rated + shrinkage.user_rows)
    deviations = residuals - levels[rows.users]
    if tastes is None:
        taste = taste_vectors(rows.users, rows.items, deviations, shape, space.blocks[TASTE].shape[1])
    else:
        taste = tastes(rows, shape)
    kinds = build_prototypes(rows, deviations, space.described(), kinds=shrinkage.kinds, seed=seed)
    return Counted(space.with_blocks(**{TASTE: taste}), effects, kinds)


def audience_features(space: ItemSpace, rows: Ratings) -> Floats:
    """Return what an item's effect may owe to who rated it: its factors, and how many (I, A)."""
    support = np.log1p(np.bincount(rows.items, minlength=len(space.item_ids)).astype(np.float64))
    rated = support > 0
    centred = np.where(rated, support - support[rated].mean() if rated.any() else 0.0, 0.0)
    return np.hstack([AUDIENCE_SCALE * space.blocks[AUDIENCE].astype(np.float64), centred[:, None]])


def folds_of(users: int, seed: int) -> NDArray[np.intp]:
    """Return each user's fold."""
    return np.random.default_rng((seed, 5)).permutation(users) % FOLDS


def count_without_folds(
    rows: Ratings,
    space: ItemSpace,
    shrinkage: Shrinkage,
    folds: NDArray[np.intp],
    *,
    seed: int,
    tastes: Tastes | None = None,
) -> Sequence[Counted]:
    """Count once a fold, without the rows of its users."""
    return [
        count(rows.only(folds[rows.users] != fold), space, shrinkage, users=len(folds), seed=seed, tastes=tastes)
        for fold in range(FOLDS)
    ]
