"""Looks: clusters of pictures that serve as attributes ("look:3"), so that a visual taste can be counted and named.

What attributes say of a picture is taken out first: looks are what pictures alone tell.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.clusters import cluster_attributes
from explainrec_models.parts.item_space import ATTRIBUTES, PICTURE, ItemSpace, attribute_table, inverse_frequencies
from explainrec_models.parts.matrices import Matrix, unit
from explainrec_models.parts.reduction import Reduction

PREFIX = "look"
COMPONENTS, FEWEST = 48, 3
"""Of pictures, and items an attribute must have, where no space sets them."""


def looks_of(
    attributes: Sequence[Sequence[str]], vectors: Matrix, present: NDArray[np.bool_], *, most: int, seed: int
) -> list[str | None]:
    """Return the look of each item, None without a picture or where nothing lies apart.

    Args:
        attributes: of each item (I).
        vectors: raw embeddings of the pictures (I, R).
        present: which of them are real (I).
        most: looks at most; 0 for none.
        seed: of the clusters.
    """
    _, has = attribute_table(attributes, fewest=FEWEST)
    return _clusters(Reduction.fit(vectors, present, has, COMPONENTS).apply(vectors, present, has), most, seed)


def with_looks(space: ItemSpace, *, most: int, seed: int) -> ItemSpace:
    """Return the space with looks as the last attributes of its vocabulary."""
    found = _clusters(space.blocks[PICTURE], most, seed)
    looks, columns = attribute_table([(look,) if look else () for look in found], fewest=1)
    has = np.hstack([space.blocks[ATTRIBUTES] > 0, columns])
    idf = np.concatenate([space.idf, inverse_frequencies(columns)])
    grown = {
        name: replace(one, explained=np.pad(one.explained, ((0, len(looks)), (0, 0))))
        for name, one in space.reductions.items()
    }
    blocks = {**space.blocks, ATTRIBUTES: unit(has * idf)}
    return replace(space, vocabulary=(*space.vocabulary, *looks), idf=idf, blocks=blocks, reductions=grown)


def _clusters(block: Matrix, most: int, seed: int) -> list[str | None]:
    """Return the look of each row of reduced pictures; a row of zeros has none."""
    present = np.asarray(block.any(axis=1), dtype=np.bool_)
    return cluster_attributes(block, present, prefix=PREFIX, count=most, seed=seed, settle=True)


def look_columns(space: ItemSpace) -> NDArray[np.bool_]:
    """Return which attributes of a space are looks (A)."""
    return np.array([name.startswith(f"{PREFIX}:") for name in space.vocabulary], dtype=np.bool_)


def look_of(space: ItemSpace, attributes: Sequence[str], picture: Matrix) -> tuple[str, ...]:
    """Return the look whose pictures a new one resembles most in the mean; nothing where there are no looks.

    Args:
        space: with looks.
        attributes: of the new item.
        picture: its raw embedding (R).
    """
    owned = space.blocks[ATTRIBUTES] > 0
    looks = np.flatnonzero(look_columns(space) & owned.any(axis=0))
    if not len(looks):
        return ()
    centres = unit(owned[:, looks].T.astype(np.float32) @ space.blocks[PICTURE])
    own = space.reductions[PICTURE].apply(picture[None], np.array([True]), space.has(attributes))[0]
    return (space.vocabulary[looks[int(np.argmax(centres @ own))]],)
