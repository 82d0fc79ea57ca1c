"""Looks: clusters of pictures that serve as attributes ("look:3"), so that a visual taste can be counted and named."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.clusters import cluster_attributes
from explainrec_models.parts.item_space import ATTRIBUTES, PICTURE, ItemSpace, Matrix, unit

PREFIX = "look"


def with_looks(
    attributes: Sequence[tuple[str, ...]], vectors: Matrix, present: NDArray[np.bool_], *, count: int, seed: int
) -> list[tuple[str, ...]]:
    """Return each item's attributes with its look behind them.

    Args:
        attributes: of each item (I).
        vectors: of the pictures (I, R).
        present: which of them are real (I); an item without a picture has no look.
        count: looks; 0 for none.
        seed: of the clusters. With the seed of the attribution labels, the looks are theirs.
    """
    found = cluster_attributes(vectors, present, prefix=PREFIX, count=count, seed=seed)
    return [(*own, look) if look else own for own, look in zip(attributes, found, strict=True)]


def look_columns(space: ItemSpace) -> NDArray[np.bool_]:
    """Return which attributes of a space are looks (A)."""
    return np.array([name.startswith(f"{PREFIX}:") for name in space.vocabulary], dtype=np.bool_)


def look_of(space: ItemSpace, picture: Matrix) -> tuple[str, ...]:
    """Return the look whose pictures a raw embedding (R) resembles most in the mean; nothing without looks."""
    owned = space.blocks[ATTRIBUTES] > 0
    looks = np.flatnonzero(look_columns(space) & owned.any(axis=0))
    if not len(looks):
        return ()
    centres = unit(owned[:, looks].T.astype(np.float32) @ space.blocks[PICTURE])
    own = space.reductions[PICTURE].apply(picture[None], np.array([True]))[0]
    return (space.vocabulary[looks[int(np.argmax(centres @ own))]],)
