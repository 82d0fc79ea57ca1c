"""Collaborative item vectors from a sequence model: items that the same people like one after another lie together.

The item embeddings of SASRec (Kang, McAuley, ICDM 2018, arXiv 1808.09781) in place of matrix factors, as CoLLM-DIN
(arXiv 2310.19488) takes those of a sequence model. Centred on the items that somebody likes; an item without a like has
none.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from explainrec_models.parts.item_effects import Ratings
from explainrec_models.parts.item_factors import item_factors
from explainrec_models.parts.matrices import Matrix, unit
from explainrec_models.parts.sasrec import Network, Shape, new_network

Train = Callable[[Network, Sequence[Sequence[int]]], None]
"""Trains a network in place on sequences of item places, oldest first."""

HISTORY_LENGTH = 50
LAYERS = 2
DROPOUT = 0.2
FEWEST_LIKES = 2
"""Liked items a sequence needs: one says nothing of what goes with what."""


def sequence_vectors(rows: Ratings, shape: tuple[int, int], size: int, train: Train, *, seed: int) -> Matrix:
    """Return unit item vectors (I, size); zeros for items that nobody likes.

    Args:
        rows: in time order.
        shape: numbers of users and items.
        size: of a vector.
        train: of the network.
        seed: of the weights that start at random.
    """
    liked = rows.only(rows.liked == 1)
    sequences = [list(items) for items in liked_sequences(liked, shape[0]) if len(items) >= FEWEST_LIKES]
    if not sequences:
        return np.zeros((shape[1], size), dtype=np.float32)
    pairs = np.ones(len(liked.users), dtype=np.float32), (liked.users, liked.items)
    network = new_network(
        Shape(shape[1], HISTORY_LENGTH, size, LAYERS, heads=1, expansion=1, dropout=DROPOUT),
        seed=seed,
        item_factors=item_factors(sparse.csr_array(pairs, shape=shape), size=size, seed=seed),
    )
    train(network, sequences)
    known = np.bincount(liked.items, minlength=shape[1]) > 0
    vectors = network.item_vectors().astype(np.float64)
    return unit((vectors - vectors[known].mean(axis=0)) * known[:, None])


def liked_sequences(liked: Ratings, users: int) -> list[NDArray[np.intp]]:
    """Return the items of each user (U), in the order of the rows."""
    order = np.argsort(liked.users, kind="stable")
    return np.split(liked.items[order], np.cumsum(np.bincount(liked.users, minlength=users))[:-1])
