"""XRec's released explanations recounted, each metric beside the same one with explanations of other pairs.

Command: ``python benchmarks/explanation_metrics.py``; a minute on one core. Needs
``xrec/*_ref_pred_pairs.jsonl.gz`` and ``xrec/*_test.jsonl.gz``. Ma et al., "XRec" (Findings of EMNLP 2024, arXiv
2406.02377): 3,000 pairs a dataset. Expected: BLEU-1 / -4 36.7 / 15.6 (Amazon) and 31.6 / 10.1 (Yelp), ROUGE-1 F 38.98
and 33.39, with other pairs' explanations about 36.2 and 30.2.
"""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import polars as pl
from real_data import real_data
from record import write_record

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.explanation.text_pairs import GENERATED, REFERENCE, PairMetrics
from explainrec_models.evaluation.explanation.text_report import text_report

DATASETS = ("amazon", "google", "yelp")
SEED = 20
RESAMPLES = 1000
EXPECTED = {
    "amazon": {"bleu_1_score": 36.7, "bleu_4_score": 15.6, "rouge_1_f_score": 38.98},
    "google": {"bleu_1_score": 35.5, "bleu_4_score": 17.4, "rouge_1_f_score": 36.03},
    "yelp": {"bleu_1_score": 31.6, "bleu_4_score": 10.1, "rouge_1_f_score": 33.39},
}


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_pairs(folder: Path, dataset: str) -> tuple[pl.DataFrame, int]:
    """Return user, generated text and reference of each pair, and how many users are known.

    The released pairs have no users. A reference that one test row alone holds gives its user; any other pair counts
    as a user of its own.
    """
    pairs = read_lines(folder / f"{dataset}_ref_pred_pairs.jsonl.gz")
    owners: dict[str, set[str]] = {}
    for row in read_lines(folder / f"{dataset}_test.jsonl.gz"):
        owners.setdefault(row["explanation"], set()).add(str(row["uid"]))
    known = [owners.get(pair["ref"], set()) for pair in pairs]
    users = [next(iter(one)) if len(one) == 1 else f"pair {place}" for place, one in enumerate(known)]
    table = pl.DataFrame(
        {
            schema.USER_ID: users,
            GENERATED: [pair["pred"] for pair in pairs],
            REFERENCE: [pair["ref"] for pair in pairs],
        }
    )
    return table, sum(len(one) == 1 for one in known)


def measure(table: pl.DataFrame) -> dict[str, dict[str, float | None]]:
    """Return value, low and high of every metric; ROUGE also with n-grams counted once."""
    clipped = text_report(table, PairMetrics(), system="xrec", resamples=RESAMPLES, seed=SEED).intervals()
    once = text_report(table, PairMetrics(counting="distinct"), system="xrec", resamples=RESAMPLES, seed=SEED)
    distinct = once.intervals().filter(pl.col(c.METRIC).str.starts_with("rouge_"))
    named = distinct.with_columns(pl.col(c.METRIC).str.replace("rouge_", "rouge_distinct_"))
    return {
        row[c.METRIC]: {
            bound: None if row[bound] is None else round(row[bound], 4) for bound in (c.VALUE, c.LOW, c.HIGH)
        }
        for row in pl.concat([clipped, named]).iter_rows(named=True)
    }


def main() -> None:
    """Measure the datasets that are there and record."""
    started = time.perf_counter()
    folder = real_data("xrec")
    result: dict[str, Any] = {"datasets": {}, "absent": []}
    for dataset in DATASETS:
        if not (folder / f"{dataset}_ref_pred_pairs.jsonl.gz").is_file():
            result["absent"].append(dataset)
            continue
        table, known = read_pairs(folder, dataset)
        metrics = measure(table)
        reached = {
            name: abs(float(metrics[name]["value"] or 0) - value) <= (0.005 if name.startswith("rouge") else 0.05)
            for name, value in EXPECTED[dataset].items()
        }
        result["datasets"][dataset] = {
            "pairs": table.height,
            "users": table[schema.USER_ID].n_unique(),
            "pairs_with_known_user": known,
            "expected": EXPECTED[dataset],
            "reached": reached,
            "metrics": metrics,
        }
    write_record("explanation_metrics", {**result, "seconds": round(time.perf_counter() - started, 1)}, seed=SEED)
    for dataset, found in result["datasets"].items():
        print(dataset, found["reached"], found["metrics"])


if __name__ == "__main__":
    main()
