"""EASE without the dense inverse: what it loses on ML-1M, and that it fits in memory at the size of MovieLens 25M.

Command: ``python benchmarks/sparse_ease.py``; ten minutes on two free cores. Needs ``movielens-1m/ratings.dat.gz``.
ML-1M: RecBole's recipe as in ``recbole_ease.py``, NDCG@10 over three splits, dense against 50 to 400 neighbours an
item. The size of ML-25M: an invented set of 162,541 users, 62,423 items and 25,000,095 likes (every row is one, more
than real ratings of that number give), activity and popularity long-tailed as the record says. Each fit runs in a
process of its own, so that the peak of its memory is its own.
"""

import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import numpy as np
from numpy.typing import NDArray
from recbole_ease import CUTOFF, PUBLISHED, REGULARISATION, SEEDS, read_ratings, split
from record import write_record
from scipy import sparse

from explainrec_models.parts.ease import ItemWeights, fit_ease
from explainrec_models.parts.sparse_ease import fit_sparse_ease

NEIGHBOURS = (50, 100, 200, 400)
LARGE = {"users": 162_541, "items": 62_423, "rows": 25_000_095}
LARGE_NEIGHBOURS = 200
GENRES = 20
SEED = 20


def ndcg(model: ItemWeights, known: sparse.csr_array, train: sparse.csr_array, test: sparse.csr_array) -> float:
    """Return NDCG@10 of full ranking, known rows left out, over users with test rows."""
    scores = model.scores(train)
    scores[known.nonzero()] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :CUTOFF]
    hits = np.take_along_axis(test.toarray(), best, axis=1)
    relevant = np.asarray(test.sum(axis=1)).ravel()
    discounts = 1 / np.log2(np.arange(2, CUTOFF + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant[relevant > 0], CUTOFF).astype(int) - 1]
    return float(((hits[relevant > 0] * discounts).sum(axis=1) / ideal).mean())


def fit(likes: sparse.csr_array, neighbours: int | None) -> ItemWeights:
    """Fit with all items or with the nearest ones."""
    if neighbours is None:
        return fit_ease(likes, regularisation=REGULARISATION, centred=False)
    return fit_sparse_ease(likes, regularisations=[REGULARISATION], centred=False, neighbours=neighbours)[0]


def small(neighbours: int | None) -> dict[str, Any]:
    """Measure ML-1M."""
    table = read_ratings()
    values, seconds = [], []
    for seed in SEEDS:
        train, valid, test = split(table, seed)
        started = time.perf_counter()
        model = fit(train, neighbours)
        seconds.append(time.perf_counter() - started)
        values.append(ndcg(model, train + valid, train, test))
    tracemalloc.start()
    fit(train, neighbours)
    held = tracemalloc.get_traced_memory()[1]
    return {
        "ndcg_at_10_score": round(float(np.mean(values)), 4),
        "runs": [round(value, 4) for value in values],
        "fit_seconds": round(float(np.median(seconds)), 1),
        "weights": model.weights.size if isinstance(model.weights, np.ndarray) else model.weights.nnz,
        "items": train.shape[1],
        "fit_peak_mb": round(held / 1e6),
    }


def large(neighbours: int | None) -> dict[str, Any]:
    """Fit the invented set of the size of ML-25M."""
    assert neighbours is not None
    likes = invent(**LARGE)
    counts = np.sort(np.asarray(likes.sum(axis=0)).ravel())[::-1]
    before = peak()
    load = os.getloadavg()[0]
    started, busy = time.perf_counter(), time.process_time()
    model = fit(likes, neighbours)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    assert not isinstance(model.weights, np.ndarray)
    return {
        **LARGE,
        "likes_of_the_most_popular_item": int(counts[0]),
        "likes_of_the_median_item": int(np.median(counts)),
        "rows_of_the_most_active_user": int(np.diff(likes.indptr).max()),
        "neighbours": neighbours,
        "weights": model.weights.nnz,
        "fit_seconds": round(seconds, 1),
        "fit_processor_seconds": round(busy, 1),
        "load_average_before_and_after": [round(load, 1), round(os.getloadavg()[0], 1)],
        "peak_gb_before": before,
        "peak_gb": peak(),
        "dense_inverse_gb": round(LARGE["items"] ** 2 * 8 / 1e9, 1),
    }


def invent(users: int, items: int, rows: int) -> sparse.csr_array:
    """Draw who likes what: log-normal activity (20 rows at least) and popularity, and a favourite genre a user.

    A user's half of the draws comes from the favourite genre. Draws are without replacement, so that very active users
    reach the long tail.
    """
    generator = np.random.default_rng(SEED)
    popularity = np.clip(np.exp(generator.normal(0, 3.6, items)), 1e-3, 100_000)
    genre = generator.integers(0, GENRES, items)
    favourite = generator.integers(0, GENRES, users)
    chances = np.stack([popularity * np.where(genre == name, 1 + GENRES, 1) for name in range(GENRES)])
    wanted = activity(generator, users, items, rows)
    columns = [race(generator, chances[favourite[user]], int(wanted[user])) for user in range(users)]
    indptr = np.concatenate([[0], np.cumsum(wanted)])
    ones = np.ones(rows, dtype=np.float32)
    return sparse.csr_array((ones, np.concatenate(columns).astype(np.int32), indptr), shape=(users, items))


def activity(generator: np.random.Generator, users: int, items: int, rows: int) -> NDArray[np.int64]:
    """Return how many rows each user has, ``rows`` in all."""
    wanted = np.exp(generator.normal(4.3, 1.15, users))
    for _ in range(30):
        wanted = np.clip(wanted * rows / wanted.sum(), 20, items // 5)
    whole = wanted.astype(np.int64)
    whole[np.argsort(-whole, kind="stable")[: rows - whole.sum()]] += 1
    return whole


def race(generator: np.random.Generator, chances: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Draw ``count`` distinct items with the given chances: the earliest arrivals of exponential clocks."""
    arrivals = generator.standard_exponential(len(chances), dtype=np.float32) / chances
    return np.sort(np.argpartition(arrivals, count)[:count])


def peak() -> float:
    """Return the largest memory this process has held so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


def in_own_process(what: str, neighbours: int | None) -> dict[str, Any]:
    """Run one measurement of this file in a process of its own."""
    words = [sys.executable, __file__, what, str(neighbours or "all")]
    run = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - this very file
    measured: dict[str, Any] = json.loads(run.stdout)
    print(what, neighbours or "dense", measured, flush=True)
    return measured


def main() -> None:
    """Measure everything and record."""
    started = time.perf_counter()
    dense = in_own_process("small", None)
    nearest = {str(count): in_own_process("small", count) for count in NEIGHBOURS}
    for measured in nearest.values():
        measured["relative_gap"] = round(measured["ndcg_at_10_score"] / dense["ndcg_at_10_score"] - 1, 4)
    result = {
        "dense": dense,
        "neighbours": nearest,
        "published": PUBLISHED["ndcg_at_10_score"],
        "regularisation": REGULARISATION,
        "large": in_own_process("large", LARGE_NEIGHBOURS),
        "seconds": round(time.perf_counter() - started, 1),
    }
    write_record("sparse_ease", result, seed=SEED)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure = {"small": small, "large": large}[sys.argv[1]]
        print(json.dumps(measure(None if sys.argv[2] == "all" else int(sys.argv[2]))))
    else:
        main()
