"""Clusters become attributes: by content, largest first, only where there is content."""

import numpy as np

from explainrec_models.parts.clusters import cluster_attributes


def two_heaps(first: int, second: int) -> np.ndarray:
    noise = np.random.default_rng(0).normal(scale=0.01, size=(first + second, 4))
    centres = np.repeat([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], [first, second], axis=0)
    return (centres + noise).astype(np.float32)


def test_heaps_are_found_and_the_larger_is_number_one() -> None:
    vectors = two_heaps(4, 8)
    names = cluster_attributes(vectors, np.ones(12, dtype=bool), prefix="look", count=2, seed=0)
    assert names == ["look:2"] * 4 + ["look:1"] * 8


def test_items_without_content_have_no_attribute() -> None:
    present = np.array([False] + [True] * 11)
    names = cluster_attributes(two_heaps(4, 8), present, prefix="look", count=2, seed=0)
    assert names[0] is None
    assert None not in names[1:]


def test_too_few_items_are_not_clustered() -> None:
    assert cluster_attributes(two_heaps(2, 2), np.ones(4, dtype=bool), prefix="look", count=9, seed=0) == [None] * 4


def test_none_wanted() -> None:
    assert cluster_attributes(two_heaps(4, 8), np.ones(12, dtype=bool), prefix="look", count=0, seed=0) == [None] * 12
