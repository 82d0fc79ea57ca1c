"""Embeddings to named attributes: items whose vectors lie together share one ("look:3", "topic:7")."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Labels = NDArray[np.int32]
SAMPLE = 2000
"""Rows that tell how well apart clusters lie: each is compared with each."""


def cluster_attributes(
    vectors: NDArray[np.float32],
    present: NDArray[np.bool_],
    *,
    prefix: str,
    count: int,
    seed: int,
    settle: bool = False,
) -> list[str | None]:
    """Cluster unit vectors by k-means and name each item's cluster.

    Clusters are numbered by size, the largest first, so that the names do not depend on the solver's order.

    Args:
        vectors: (I, D) embeddings.
        present: (I,), false for placeholders, which get no attribute.
        prefix: field of the attribute.
        count: clusters; 0 for none. Never more than a quarter of the items, or clusters would be single items.
        seed: of the initial centres.
        settle: as few as lie well apart, ``count`` at most.

    Returns:
        One attribute an item, or None.
    """
    rows = np.flatnonzero(present)
    clusters = min(count, len(rows) // 4)
    if clusters < 2:  # noqa: PLR2004 - one cluster says nothing
        return [None] * len(vectors)
    chosen = vectors[rows].astype(np.float64)
    chosen -= chosen.mean(axis=0)
    chosen /= np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-12)
    # Each thread sums the rows that it happens to get, so centres would depend on their number; one is not slower.
    with threadpool_limits(limits=1):
        labels = _settled(chosen, clusters, seed) if settle else _labels(chosen, clusters, seed)
    names = _by_size(labels)
    attributes: list[str | None] = [None] * len(vectors)
    if len(names) < 2:  # noqa: PLR2004 - all vectors are the same, and one cluster says nothing
        return attributes
    for row, label in zip(rows, labels, strict=True):
        attributes[row] = f"{prefix}:{names[int(label)]}"
    return attributes


def _labels(vectors: Floats, count: int, seed: int) -> Labels:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Of fewer different vectors than clusters; whoever asked counts what came out.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(KMeans(count, n_init=4, random_state=seed).fit(vectors).labels_, dtype=np.int32)


def _settled(vectors: Floats, most: int, seed: int) -> Labels:
    """Return the clusters at the first peak of the silhouette (Rousseeuw, J. Comput. Appl. Math. 1987), from two on."""
    from sklearn.metrics import silhouette_score

    kept, apart = np.zeros(len(vectors), dtype=np.int32), -1.0
    for count in range(2, most + 1):
        labels = _labels(vectors, count, seed)
        if len(np.unique(labels)) < count:
            # There are not so many different vectors.
            break
        value = silhouette_score(vectors, labels, sample_size=min(len(vectors), SAMPLE), random_state=seed)
        if value <= apart:
            break
        kept, apart = labels, value
    return kept


def _by_size(labels: Labels) -> dict[int, int]:
    sizes = np.bincount(labels)
    first_seen: Sequence[int] = [int(np.flatnonzero(labels == label)[0]) for label in range(len(sizes))]
    order = sorted(range(len(sizes)), key=lambda label: (-sizes[label], first_seen[label]))
    return {label: place + 1 for place, label in enumerate(order)}
