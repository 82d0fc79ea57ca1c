"""Kinds of people: two planted tastes are found, told apart by a few rows, and strangers get everybody's mixture."""

import numpy as np
import pytest

from explainrec_models.parts.item_effects import Ratings
from explainrec_models.parts.prototypes import Prototypes, build_prototypes, nobody

CONTENT = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 2, 3]]
"""Six items: two of the first kind, two of the second, two that nobody cares about."""


def planted(people: int = 40) -> tuple[Ratings, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return rows of people of whom even ones like the first kind of items and odd ones the second."""
    users = np.repeat(np.arange(people), 6)
    items = np.tile(np.arange(6), people)
    sign = np.where(users % 2 == 0, 1.0, -1.0)
    taste = np.array([1, 1, -1, -1, 0, 0], dtype=np.float64)[items]
    deviations = 0.4 * sign * taste
    return Ratings(users, items, (deviations > 0).astype(np.float64)), deviations


def test_planted_kinds_are_found_with_what_they_like() -> None:
    rows, deviations = planted()
    kinds = build_prototypes(rows, deviations, CONTENT, kinds=2, seed=0)
    np.testing.assert_allclose(kinds.shares, [0.5, 0.5])
    assert sorted(np.sign(kinds.tastes[:, 0]).tolist()) == [-1, 1]
    # The ridge by hand: twenty people with two rows of 0.4 each, a penalty of 100.
    assert np.abs(kinds.tastes[:, 0]).max() == pytest.approx(40 * 0.4 / (40 + 100))
    np.testing.assert_allclose(kinds.tastes[:, 2:], 0, atol=1e-9)
    profiles = kinds.profiles(["genre:A", "genre:B", "genre:C"], length=1)
    assert {best[0] for _, best, _ in profiles} == {"genre:A", "genre:B"}


def test_a_few_rows_tell_whom_a_stranger_resembles() -> None:
    rows, deviations = planted()
    kinds = build_prototypes(rows, deviations, CONTENT, kinds=2, seed=0)
    first = int(np.argmax(kinds.tastes[:, 0]))
    profiles = np.array([1, 5])[:, None] * 0.4 * CONTENT[0]
    one, five = kinds.resembling(profiles @ kinds.centres.T, np.linalg.norm(profiles, axis=1), np.array([1.0, 5.0]))
    assert 0.5 < one[first] < five[first] < 1
    assert kinds.affinity(five[None], CONTENT[[0]])[0, 0] > 0 > kinds.affinity(five[None], CONTENT[[2]])[0, 0]
    assert five.sum() == pytest.approx(1)


def test_a_stranger_without_rows_is_everybody() -> None:
    kinds = Prototypes(np.eye(2), np.eye(2), np.array([0.25, 0.75]))
    np.testing.assert_allclose(kinds.resembling(np.zeros((1, 2)), np.zeros(1), np.zeros(1)), [[0.25, 0.75]])


@pytest.mark.parametrize("kinds", [0, 50])
def test_too_few_people_for_the_kinds_know_nothing(kinds: int) -> None:
    rows, deviations = planted(people=20)
    found = build_prototypes(rows, deviations, CONTENT, kinds=kinds, seed=0)
    assert len(found.shares) == 1
    resemblance = found.resembling(np.ones((1, 4)) @ found.centres.T, np.array([2.0]), np.array([6.0]))
    assert not found.affinity(resemblance, CONTENT).any()
    np.testing.assert_array_equal(found.tastes, nobody(4).tastes)


def test_the_same_seed_gives_the_same_kinds() -> None:
    rows, deviations = planted()
    one, other = (build_prototypes(rows, deviations, CONTENT, kinds=2, seed=4) for _ in range(2))
    np.testing.assert_array_equal(one.centres, other.centres)
    np.testing.assert_array_equal(one.tastes, other.tastes)
