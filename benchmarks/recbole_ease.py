"""`ease` on RecBole's ml-1m_general recipe: NDCG@10 0.2865 is published; ours must lie within 2 %.

Command: ``python benchmarks/recbole_ease.py``; about a minute on one core. Needs ``movielens-1m/ratings.dat.gz``.
Recipe: ratings from 3 up, iterated 10-core over users and items, 80/10/10 of each user's rows at random, ranking of the
whole catalogue with training and validation rows left out (RecBole leaderboard, commit 9adac54).
"""

import gzip
import time

import numpy as np
import polars as pl
from real_data import real_data
from record import write_record
from scipy import sparse

from explainrec_models.parts.ease import fit_ease

SEEDS = (2020, 2021, 2022)
REGULARISATION = 1000.0
CUTOFF = 10
PUBLISHED = {"ndcg_at_10_score": 0.2865, "recall_at_10_score": 0.2139}
TOLERANCE = 0.02
MIN_ROWS = 10


def read_ratings() -> pl.DataFrame:
    """Return the (user, item) pairs after filtering: 834,449 of them."""
    text = gzip.decompress(real_data("movielens-1m/ratings.dat.gz").read_bytes()).decode("ascii")
    rows = [line.split("::") for line in text.splitlines()]
    pairs = [(int(user), int(item)) for user, item, rating, _ in rows if int(rating) >= 3]
    table = pl.DataFrame(pairs, schema=["user", "item"], orient="row")
    while True:
        kept = table.filter((pl.len().over("user") >= MIN_ROWS) & (pl.len().over("item") >= MIN_ROWS))
        if kept.height == table.height:
            return table
        table = kept


def split(table: pl.DataFrame, seed: int) -> tuple[sparse.csr_array, sparse.csr_array, sparse.csr_array]:
    """Cut each user's rows at random into 80/10/10, as (U, I) matrices."""
    generator = np.random.default_rng(seed)
    user = np.unique(table["user"], return_inverse=True)[1]
    item = np.unique(table["item"], return_inverse=True)[1]
    shape = (user.max() + 1, item.max() + 1)
    order = np.lexsort((generator.random(len(user)), user))
    user, item = user[order], item[order]
    counts = np.bincount(user)
    place = np.arange(len(user)) - np.repeat(np.cumsum(counts) - counts, counts)
    total = counts[user]
    # RecBole rounds the validation and test shares down and gives the rest to training.
    test_rows, valid_rows = (total * 0.1).astype(int), (total * 0.1).astype(int)
    in_test = place >= total - test_rows
    in_valid = (place >= total - test_rows - valid_rows) & ~in_test
    parts = []
    for mask in (~in_test & ~in_valid, in_valid, in_test):
        ones = np.ones(mask.sum(), dtype=np.float32)
        parts.append(sparse.csr_array((ones, (user[mask], item[mask])), shape=shape))
    return parts[0], parts[1], parts[2]


def measure(train: sparse.csr_array, valid: sparse.csr_array, test: sparse.csr_array) -> dict[str, float]:
    """Return NDCG and Recall at 10 over users with test rows; the ideal is cut at 10."""
    scores = fit_ease(train, regularisation=REGULARISATION, centred=False).scores(train)
    scores[(train + valid).nonzero()] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :CUTOFF]
    hits = np.take_along_axis(test.toarray(), best, axis=1)
    relevant = np.asarray(test.sum(axis=1)).ravel()
    users = relevant > 0
    discounts = 1 / np.log2(np.arange(2, CUTOFF + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant[users], CUTOFF).astype(int) - 1]
    ndcg = (hits[users] * discounts).sum(axis=1) / ideal
    recall = hits[users].sum(axis=1) / relevant[users]
    return {"ndcg_at_10_score": float(ndcg.mean()), "recall_at_10_score": float(recall.mean())}


def main() -> None:
    """Measure three seeds and record."""
    started = time.perf_counter()
    table = read_ratings()
    runs = [measure(*split(table, seed)) for seed in SEEDS]
    means = {name: round(float(np.mean([run[name] for run in runs])), 4) for name in PUBLISHED}
    result = {
        "rows": table.height,
        "users": table["user"].n_unique(),
        "items": table["item"].n_unique(),
        **means,
        "runs": [{name: round(value, 4) for name, value in run.items()} for run in runs],
        "published": PUBLISHED,
        "relative_gap": round(means["ndcg_at_10_score"] / PUBLISHED["ndcg_at_10_score"] - 1, 4),
        "tolerance": TOLERANCE,
        "regularisation": REGULARISATION,
    }
    write_record("recbole_ease", {**result, "seconds": round(time.perf_counter() - started, 1)}, seed=SEEDS[0])
    print(result)


if __name__ == "__main__":
    main()
