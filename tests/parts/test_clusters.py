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


def test_as_few_clusters_as_lie_apart() -> None:
    heaps = np.vstack([np.roll(two_heaps(8, 8), 2 * place, axis=1) for place in (0, 1)])
    names = cluster_attributes(heaps, np.ones(32, dtype=bool), prefix="look", count=8, seed=0, settle=True)
    assert [len(set(names[start : start + 8])) for start in (0, 8, 16, 24)] == [1] * 4
    assert len(set(names)) == 4
    assert len(set(cluster_attributes(heaps, np.ones(32, dtype=bool), prefix="look", count=8, seed=0))) == 8


def test_vectors_that_are_all_the_same_are_no_clusters() -> None:
    same = np.ones((12, 4), dtype=np.float32)
    found = cluster_attributes(same, np.ones(12, dtype=bool), prefix="look", count=3, seed=0, settle=True)
    assert found == [None] * 12
