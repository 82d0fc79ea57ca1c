"""Vectors of a sequence model: a network is trained on the liked items of each person, in order, and nothing else."""

from collections.abc import Sequence

import numpy as np

from explainrec_models.parts.item_effects import Ratings
from explainrec_models.parts.sasrec import Network
from explainrec_models.parts.sequence_taste import liked_sequences, sequence_vectors

USERS = np.array([0, 1, 0, 1, 0, 2, 1])
ITEMS = np.array([3, 1, 0, 2, 2, 1, 3])
LIKED = np.array([1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0])


def rows(liked: Sequence[float] = tuple(LIKED)) -> Ratings:
    return Ratings(USERS, ITEMS, np.array(liked))


class Noted:
    """Notes what it is asked to train on and moves one item's embedding."""

    def __init__(self) -> None:
        self.sequences: list[list[int]] = []

    def __call__(self, network: Network, sequences: Sequence[Sequence[int]]) -> None:
        self.sequences += [[int(item) for item in sequence] for sequence in sequences]
        network.item_weights.data[3] = -network.item_weights.data[2]


def test_each_persons_likes_stand_in_the_order_of_the_rows() -> None:
    found = [items.tolist() for items in liked_sequences(rows([1.0] * 7), users=4)]
    assert found == [[3, 0, 2], [1, 2, 3], [1], []]


def test_dislikes_and_single_likes_are_not_trained_on() -> None:
    train = Noted()
    vectors = sequence_vectors(rows(), (3, 5), 4, train, seed=1)
    assert train.sequences == [[3, 2], [1, 2]]
    # Item 0 is disliked and item 4 was never seen: nothing is known of what people like beside them.
    np.testing.assert_array_equal(np.linalg.norm(vectors, axis=1) > 0.5, [False, True, True, True, False])
    np.testing.assert_allclose(np.linalg.norm(vectors[1:4], axis=1), 1.0, rtol=1e-6)


def test_vectors_are_what_training_left_and_follow_the_seed() -> None:
    first, again, other = (sequence_vectors(rows(), (3, 5), 4, Noted(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    # The trained items 2 and 3 were left opposite, so that item 1 alone decides the centre.
    assert first[2] @ first[3] < 0


def test_without_two_likes_of_one_person_there_are_no_vectors() -> None:
    train = Noted()
    vectors = sequence_vectors(rows([1.0, 1.0, 0, 0, 0, 1.0, 0]), (3, 5), 4, train, seed=1)
    assert not vectors.any()
    assert vectors.shape == (5, 4)
    assert train.sequences == []
