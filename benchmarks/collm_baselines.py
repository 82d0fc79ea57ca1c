"""`rates` and `boosted` on the published ML-1M split of CoLLM, in three settings named by what they saw.

Command: ``python benchmarks/collm_baselines.py``; two minutes on one free core. Needs what ``collm_split.py`` names.
Expected at least, AUC / UAUC: from training rows `rates` 0.7320 / 0.6816 and `boosted` 0.730 / 0.684; with all earlier
rows of the user in the history 0.770 / 0.660 and 0.785 / 0.655. Split: Zhang et al., "CoLLM" (arXiv 2310.19488).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from collm_judging import Scores, cells, measures, paired, value
from collm_split import Parts, histories_before, read_items, read_parts
from record import write_record

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.evaluation.bootstrap import Measure
from explainrec_models.systems import boosted, rates

SEEDS = (0, 1, 2)
SETTINGS = {
    "training rows only": "weights, counts of items and the user's history are of training rows.",
    "all earlier rows of the user": "weights and counts of items are of training rows; the history holds every row of "
    "the user that is strictly earlier than the question, of validation and test rows too.",
    "all earlier rows of the user, validation counts": "as before, but items are counted in training and validation "
    "rows; weights stay, and probabilities are fitted on validation rows under training counts.",
}
ONLY_TRAIN, ALL_EARLIER, VALID_COUNTS = SETTINGS
EXPECTED = {
    ("rates", ONLY_TRAIN): {"auc_score": 0.7320, "uauc_score": 0.6816},
    ("rates", ALL_EARLIER): {"auc_score": 0.770, "uauc_score": 0.660},
    ("boosted", ONLY_TRAIN): {"auc_score": 0.730, "uauc_score": 0.684},
    ("boosted", ALL_EARLIER): {"auc_score": 0.785, "uauc_score": 0.655},
}
"""At least; what a prototype of ours reached before."""
TOLERANCE = 0.0015

Found = dict[tuple[str, str], dict[str, Measure]]
"""Measures of each system in each setting."""
Score = Callable[[Sequence[History], Sequence[Sequence[str]]], Scores]


@dataclass(frozen=True)
class Questions:
    """Validation and test rows with the histories of one setting."""

    valid: pl.DataFrame
    valid_histories: list[History]
    test: pl.DataFrame
    test_histories: list[History]


def questions(parts: Parts, *, all_earlier: bool) -> Questions:
    """Put each validation and test row behind the rows of its user that the setting shows."""
    shown = pl.concat(parts) if all_earlier else parts.train
    return Questions(parts.valid, histories_before(parts.valid, shown), parts.test, histories_before(parts.test, shown))


def scored(score: Score, rows: pl.DataFrame, histories: Sequence[History]) -> Scores:
    """Score the item of each row (N)."""
    return score(histories, [[item] for item in rows[schema.ITEM_ID]])[:, 0]


def fitted(parts: Parts, items: pl.DataFrame, seed: int) -> dict[str, dict[str, Score]]:
    """Return, for each setting, each system's score; the last entry counts validation rows."""
    corpus = Corpus("collm-ml1m", "movie", items, parts.train, parts.valid)
    seen = pl.concat([parts.train, parts.valid])
    wider = Corpus("collm-ml1m", "movie", items, seen, parts.valid.clear())
    places = {"language_model": Path(), "scratch": Path()}
    trees = boosted.System.fit(corpus, boosted.Config(), **places, seed=seed)
    counted = rates.System.fit(corpus, rates.Config(), **places, seed=seed)
    recounted = rates.System.fit(wider, rates.Config(), **places, seed=seed)
    by_training: dict[str, Score] = {"rates": counted.score, "boosted": trees.score}
    return {
        ONLY_TRAIN: by_training,
        ALL_EARLIER: by_training,
        VALID_COUNTS: {"rates": recounted.score, "boosted": trees.recounted(seen).score},
    }


def measured(parts: Parts, asked: Mapping[str, Questions], scores: Mapping[str, Mapping[str, Score]]) -> Found:
    """Return the measures of each setting and system."""
    found: Found = {}
    for setting, systems in scores.items():
        rows = asked[setting]
        for name, score in systems.items():
            # Validation labels must not be counted in what probabilities are fitted on.
            valid = scored(
                scores[ALL_EARLIER][name] if setting == VALID_COUNTS else score, rows.valid, rows.valid_histories
            )
            test = scored(score, rows.test, rows.test_histories)
            found[name, setting] = measures(parts.test, test, rows.valid, valid)
    return found


def over_seeds(test: pl.DataFrame, found: Sequence[Mapping[str, Measure]]) -> dict[str, list[float]]:
    """Return AUC and UAUC of each seed."""
    return {metric: [round(value(test, one[metric]), 4) for one in found] for metric in ("auc_score", "uauc_score")}


def missed(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the expected values that a row does not reach."""
    values = {(row["system"], row["saw"]): row["metrics"] for row in rows}
    return [
        [f"{name}, {setting}", metric]
        for (name, setting), metrics in EXPECTED.items()
        for metric, value in metrics.items()
        if values[name, setting][metric]["value"] < value - TOLERANCE
    ]


def main() -> None:
    """Measure and record."""
    parts, items = read_parts(), read_items()
    earlier = questions(parts, all_earlier=True)
    asked = {ONLY_TRAIN: questions(parts, all_earlier=False), ALL_EARLIER: earlier, VALID_COUNTS: earlier}
    found = {seed: measured(parts, asked, fitted(parts, items, seed)) for seed in SEEDS}
    first = found[SEEDS[0]]
    judged = {key: cells(parts.test, one) for key, one in first.items()}
    rows = [{"system": name, "saw": setting, "metrics": metrics} for (name, setting), metrics in judged.items()]
    labels = parts.test.group_by(schema.USER_ID).agg(pl.col(schema.LIKED).n_unique())
    spread = {
        setting: over_seeds(parts.test, [found[seed]["boosted", setting] for seed in SEEDS]) for setting in SETTINGS
    }
    result: dict[str, Any] = {
        "rows": rows,
        "settings": SETTINGS,
        "test_rows": parts.test.height,
        "test_users": labels.height,
        "mixed_users": labels.filter(pl.col(schema.LIKED) > 1).height,
        "boosted_minus_rates": {s: paired(parts.test, first["boosted", s], first["rates", s]) for s in SETTINGS},
        "seeds": list(SEEDS),
        "boosted_over_seeds": spread,
        "expected": [[name, setting, metrics] for (name, setting), metrics in EXPECTED.items()],
        "tolerance": TOLERANCE,
        "missed": missed(rows),
    }
    write_record("collm_baselines", result, seed=SEEDS[0])
    for row in rows:
        print(row["system"], row["saw"], row["metrics"])


if __name__ == "__main__":
    main()
