"""Which of the invented shop's true tastes a system's scores follow, by who can see the attribute.

Command: ``python benchmarks/shop_tastes.py PROJECT [row …]``; a minute a row without a language model, some with one.
PROJECT is a clone in which ``prepare``, ``text_features`` and ``image_features`` of sample-shop and
``pretrained@language_model`` have run. Rows that are not named stay in the record with the commit that they were
computed at.

A user's utility of an item is a sum over attributes, of which ``look`` is in the pictures alone. For each user who was
known before the test cut, the scores of the whole catalogue without the history are regressed on the parts of that
sum, all centred within the user; a coefficient is how far the scores follow that part. Interval: users resampled.
Expected: ``explainrec`` follows ``look``, and does not without pictures.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cells import ROOT
from fitting import fitted
from numpy.typing import NDArray
from record import commit, earlier, write_record
from shop_truth import FAMILIES, ownership, utility_parts

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.histories import History
from explainrec_models.evaluation.truth import Truth, read_truth
from explainrec_models.registry import System

KEY, SEED, RESAMPLES = "sample-shop", 20, 1000
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "rates": ("rates", {}),
    "boosted": ("boosted", {}),
    "ease": ("ease", {}),
    "sasrec": ("sasrec", {}),
    "explainrec": ("explainrec", {}),
    "explainrec, no language model": ("explainrec", {"language_model": False}),
    "explainrec, no pictures": ("explainrec", {"without": ["picture"]}),
    "explainrec, no words": ("explainrec", {"without": ["words"]}),
    "explainrec, no attributes": ("explainrec", {"without": ["attributes"]}),
    "explainrec, no kinds of people": ("explainrec", {"kinds": 0}),
    "explainrec, taste vectors of sasrec": ("explainrec", {"collaborative": "sasrec"}),
}
"""System, and settings beside those of params.yaml."""

Floats = NDArray[np.float64]


def coefficients(parts: Sequence[Floats], scores: Sequence[Floats], users: NDArray[np.intp]) -> Floats:
    """Return the least-squares coefficients over some users (families); parts and scores are centred within each."""
    gram = sum((parts[user].T @ parts[user] for user in users), start=np.zeros((len(FAMILIES),) * 2))
    right = sum((parts[user].T @ scores[user] for user in users), start=np.zeros(len(FAMILIES)))
    # A family that no user of a resample cares about has no coefficient: it is zero, not an error.
    return np.asarray(np.linalg.lstsq(gram, right, rcond=None)[0], dtype=np.float64)


def followed(system: System, corpus: Corpus, truth: Truth) -> dict[str, dict[str, float]]:
    """Return each family's coefficient with its interval."""
    known, items = corpus.known_histories, corpus.item_ids
    wanted = set(truth.weights[schema.USER_ID])
    users = [user for user in corpus.known[schema.USER_ID].unique().sort() if user in wanted]
    scores = system.score([known[user] for user in users], [items] * len(users))
    owned = ownership(items, truth)
    parts, centred = [], []
    for user, row in zip(users, scores, strict=True):
        fresh = unseen(known[user], items)
        part, own = utility_parts(user, owned, truth, items=len(items))[fresh], row[fresh].astype(np.float64)
        parts.append(part - part.mean(axis=0))
        centred.append(own - own.mean())
    everyone = np.arange(len(users))
    found = coefficients(parts, centred, everyone)
    generator = np.random.default_rng(SEED)
    drawn = [coefficients(parts, centred, generator.choice(everyone, len(everyone))) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return {
        family: {
            name: round(float(bound[place]), 4) for name, bound in (("value", found), ("low", low), ("high", high))
        }
        for place, family in enumerate(FAMILIES)
    }


def unseen(history: History, items: Sequence[str]) -> NDArray[np.bool_]:
    """Return which items the history does not hold (I)."""
    seen = set(history.item_ids)
    return np.array([item not in seen for item in items])


def shop_corpus(project: Path) -> Corpus:
    """Return the shop with what is known of its items, as a project's stages wrote it."""
    features = {kind: project / "data/features" / kind / KEY for kind in ("text", "image")}
    return load_corpus(project / "data/prepared" / KEY, key=KEY, noun="product", features=features)


def main() -> None:
    """Measure the rows that are named, or all, and merge them into the record."""
    project, names = Path(sys.argv[1]), sys.argv[2:] or list(ROWS)
    corpus, truth = shop_corpus(project), read_truth(ROOT / "data/sample/truth")
    rows = earlier("shop_tastes").get("rows", {})
    for name in names:
        started = time.perf_counter()
        system, settings = ROWS[name]
        found = followed(fitted(system, settings, corpus, project, seed=SEED), corpus, truth)
        rows[name] = {"followed": found, "seconds": round(time.perf_counter() - started, 1), "commit": commit()}
        write_record("shop_tastes", {"rows": rows}, seed=SEED)
        print(name, {family: cell["value"] for family, cell in found.items()}, flush=True)


if __name__ == "__main__":
    main()
