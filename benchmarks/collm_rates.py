"""`rates` on the published ML-1M split of CoLLM: AUC 0.732, UAUC 0.682 from training rows alone.

Command: ``python benchmarks/collm_rates.py``; two seconds on one core. Needs ``collm_ml1m/{train,valid,test}.parquet``.
Split: Zhang et al., "CoLLM" (arXiv 2310.19488), as published in the authors' repository.
"""

import time
from pathlib import Path
from typing import Any

import polars as pl
from collm_split import read_parts
from record import write_record

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import Histories, History
from explainrec_models.evaluation.pointwise import auc_score, uauc_score
from explainrec_models.systems import rates

EXPECTED = {"auc_score": 0.7320, "uauc_score": 0.6816}
TOLERANCE = 0.0005


def main() -> None:
    """Measure and record."""
    started = time.perf_counter()
    train, _, test = read_parts()
    corpus = Corpus("collm-ml1m", "movie", pl.DataFrame({schema.ITEM_ID: []}), train, train.clear())
    system = rates.System.fit(corpus, rates.Config(), language_model=Path(), scratch=Path(), seed=0)
    known = Histories(train)
    users = test[schema.USER_ID].to_list()
    histories = [known.get(user, History(user)) for user in users]
    scores = system.score(histories, [[item] for item in test[schema.ITEM_ID]])[:, 0]
    liked = test[schema.LIKED].to_numpy()
    result: dict[str, Any] = {
        "rows": test.height,
        "auc_score": round(auc_score(liked, scores), 4),
        "uauc_score": round(uauc_score(test[schema.USER_ID].to_numpy(), liked, scores), 4),
        "expected": EXPECTED,
        "tolerance": TOLERANCE,
        "smoothing": rates.Config().smoothing,
    }
    result["within_tolerance"] = all(abs(result[name] - value) <= TOLERANCE for name, value in EXPECTED.items())
    write_record("collm_rates", {**result, "seconds": round(time.perf_counter() - started, 2)}, seed=0)
    print(result)


if __name__ == "__main__":
    main()
