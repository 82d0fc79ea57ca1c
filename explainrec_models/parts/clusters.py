"""Embeddings to named attributes: items whose vectors lie together share one ("look:3", "topic:7")."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def cluster_attributes(
    vectors: NDArray[np.float32], present: NDArray[np.bool_], *, prefix: str, count: int, seed: int
) -> list[str | None]:
    """Cluster unit vectors by k-means and name each item's cluster.

    Clusters are numbered by size, the largest first, so that the names do not depend on the solver's order.

    Args:
        vectors: (I, D) embeddings.
        present: (I,), false for placeholders, which get no attribute.
        prefix: field of the attribute.
        count: clusters; 0 for none. Never more than a quarter of the items, or clusters would be single items.
        seed: of the initial centres.

    Returns:
        One attribute an item, or None.
    """
    from sklearn.cluster import KMeans

    rows = np.flatnonzero(present)
    clusters = min(count, len(rows) // 4)
    if clusters < 2:  # noqa: PLR2004 - one cluster says nothing
        return [None] * len(vectors)
    chosen = vectors[rows].astype(np.float64)
    chosen -= chosen.mean(axis=0)
    chosen /= np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-12)
    # Each thread sums the rows that it happens to get, so centres would depend on their number; one is not slower.
    with threadpool_limits(limits=1):
        labels = KMeans(clusters, n_init=4, random_state=seed).fit(chosen).labels_
    names = _by_size(labels)
    attributes: list[str | None] = [None] * len(vectors)
    for row, label in zip(rows, labels, strict=True):
        attributes[row] = f"{prefix}:{names[int(label)]}"
    return attributes


def _by_size(labels: NDArray[np.int32]) -> dict[int, int]:
    sizes = np.bincount(labels)
    first_seen: Sequence[int] = [int(np.flatnonzero(labels == label)[0]) for label in range(len(sizes))]
    order = sorted(range(len(sizes)), key=lambda label: (-sizes[label], first_seen[label]))
    return {label: place + 1 for place, label in enumerate(order)}
