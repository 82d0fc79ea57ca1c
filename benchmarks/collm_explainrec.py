"""`explainrec` and its ablations on the published ML-1M split of CoLLM, beside `tallrec` on the same backbone.

Command: ``python benchmarks/collm_explainrec.py PROJECT [row …]``; about ten minutes a row on one core. Needs what
``collm_split.py`` names, and a project in which ``image_features`` and ``text_features`` of ML-1M with posters and
plots have run: PROJECT/data/features/{image,text}/KEY for the one dataset KEY. Rows that are not named stay in the
record with the commit that they were computed at. Split: Zhang et al., "CoLLM" (arXiv 2310.19488).
"""

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from collm_baselines import ALL_EARLIER, ONLY_TRAIN, Questions, Score, questions
from collm_judging import Scores, cells, measures, paired
from collm_split import Parts, movielens_ids, read_items, read_parts
from fitting import fitted
from record import commit, earlier, write_record

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.features import read_features
from explainrec_models.evaluation.bootstrap import Measure
from explainrec_models.params import load_params
from explainrec_models.registry import System
from explainrec_models.systems import boosted, rates

SEED = 20
SEEDS = (21, 22, 23)
"""Others than that of all rows, to see what chance does: it draws folds of users, kinds of people and drops."""
SETTINGS = (ONLY_TRAIN, ALL_EARLIER)
ROWS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "explainrec": ("explainrec", {}, SETTINGS),
    "explainrec, no language model": ("explainrec", {"language_model": False}, SETTINGS),
    # What validation rows leave of the language model is nothing there, so that counts alone tell what a modality adds.
    **{
        f"explainrec, no language model, no {what}": ("explainrec", {"language_model": False, **settings}, SETTINGS)
        for what, settings in (
            ("pictures", {"without": ["picture"]}),
            ("words", {"without": ["words"]}),
            ("attributes", {"without": ["attributes"]}),
            ("taste vectors", {"without": ["taste"]}),
            ("audience", {"audience_components": 0}),
            ("kinds of people", {"kinds": 0}),
        )
    },
    "explainrec, no language model, taste vectors of sasrec": (
        "explainrec",
        {"language_model": False, "collaborative": "sasrec"},
        SETTINGS,
    ),
    "explainrec, no language model, nothing dropped in training": (
        "explainrec",
        {"language_model": False, "cold_share": 0.0, "new_share": 0.0},
        SETTINGS,
    ),
    **{
        f"explainrec, no language model, seed {seed}": ("explainrec", {"language_model": False}, SETTINGS)
        for seed in SEEDS
    },
    "explainrec, nothing dropped in training": (
        "explainrec",
        {"cold_share": 0.0, "new_share": 0.0, "blind_share": 0.0},
        SETTINGS,
    ),
    "explainrec, tasks added up": ("explainrec", {"balance": "fixed"}, SETTINGS),
    "explainrec, tasks balanced by PCGrad": ("explainrec", {"balance": "pcgrad"}, SETTINGS),
    "explainrec, no attribution task": ("explainrec", {"attribution_questions": 0}, SETTINGS),
    # One prompt a question where histories differ would take hours.
    "tallrec": ("tallrec", {}, (ONLY_TRAIN,)),
}
"""System, settings beside those of params.yaml, and where it is asked."""
FULL = "explainrec"


def corpus_of(parts: Parts, project: Path) -> Corpus:
    """Return the split with the embeddings of a project, whose items are numbered as MovieLens does."""
    items, ids = read_items(), movielens_ids()
    (key,) = load_params(project / "params.yaml").datasets
    wanted = [ids[item] for item in items[schema.ITEM_ID]]
    folders = {kind: project / "data/features" / kind / key for kind in ("text", "image")}
    embeddings = {kind: read_features(folder, wanted, made_by=f"{kind}_features") for kind, folder in folders.items()}
    return Corpus("collm-ml1m", "movie", items, parts.train, parts.valid, embeddings=embeddings)


def with_cost(name: str, corpus: Corpus, project: Path) -> tuple[System, dict[str, Any]]:
    """Fit a row's system; return it with what it cost and what it says of itself."""
    system, settings, _ = ROWS[name]
    started = time.perf_counter()
    seed = next((other for other in SEEDS if name.endswith(f", seed {other}")), SEED)
    found = fitted(system, settings, corpus, project, seed=seed)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return found, {"fit_seconds": round(seconds, 1), "peak_gib": round(peak, 2), "fit": dict(found.report())}


def judged(score: Score, rows: Questions) -> dict[str, Measure]:
    """Return the measures of a system in a setting."""
    found: list[Scores] = []
    for table, histories in ((rows.valid, rows.valid_histories), (rows.test, rows.test_histories)):
        found.append(by_history(score, table, histories))
    return measures(rows.test, found[1], rows.valid, found[0])


def by_history(score: Score, table: pl.DataFrame, histories: Sequence[Any]) -> Scores:
    """Score each row, those that share a history in one call (N)."""
    groups: dict[Any, list[int]] = {}
    for place, history in enumerate(histories):
        groups.setdefault(history, []).append(place)
    items = table[schema.ITEM_ID].to_list()
    scores = np.zeros(len(items), dtype=np.float32)
    for history, places in groups.items():
        scores[places] = score([history], [[items[place] for place in places]])[0]
    return scores


def rivals(corpus: Corpus) -> dict[str, Score]:
    """Return the baselines that the full system is held against, fitted on the same rows."""
    nowhere = {"language_model": Path(), "scratch": Path()}
    return {
        "rates": rates.System.fit(corpus, rates.Config(), **nowhere, seed=0).score,
        "boosted": boosted.System.fit(corpus, boosted.Config(), **nowhere, seed=0).score,
    }


def against(
    mine: Mapping[str, dict[str, Measure]], corpus: Corpus, asked: Mapping[str, Questions], test: pl.DataFrame
) -> dict[str, Any]:
    """Return the full system minus each baseline, on the same rows."""
    differences: dict[str, Any] = {}
    for rival, score in rivals(corpus).items():
        for setting, own in mine.items():
            other = judged(score, asked[setting])
            differences.setdefault(rival, {})[setting] = paired(test, own, other)
    return differences


def place_of(row: Mapping[str, Any]) -> tuple[int, int]:
    """Return where a row stands in the table."""
    return list(ROWS).index(row["system"]), SETTINGS.index(row["saw"])


def main() -> None:
    """Measure the rows that are named, or all, and merge them into the record."""
    project, names = Path(sys.argv[1]), sys.argv[2:] or list(ROWS)
    parts = read_parts()
    corpus = corpus_of(parts, project)
    asked = {setting: questions(parts, all_earlier=setting == ALL_EARLIER) for setting in SETTINGS}
    result: dict[str, Any] = {"rows": [], "costs": {}} | earlier("collm_explainrec")
    for name in names:
        system, cost = with_cost(name, corpus, project)
        started = time.perf_counter()
        shown: tuple[str, ...] = ROWS[name][2]
        found = {setting: judged(system.score, asked[setting]) for setting in shown}
        cost |= {"score_seconds": round(time.perf_counter() - started, 1), "commit": commit()}
        kept = [row for row in result["rows"] if row["system"] != name]
        mine: list[dict[str, Any]] = [
            {"system": name, "saw": setting, "metrics": cells(parts.test, one)} for setting, one in found.items()
        ]
        result["rows"] = sorted([*kept, *mine], key=place_of)
        result["costs"][name] = cost
        result |= {"minus": against(dict(found), corpus, asked, parts.test)} if name == FULL else {}
        write_record("collm_explainrec", dict(result), seed=SEED)
        for row in mine:
            print(name, row["saw"], {key: cell["value"] for key, cell in row["metrics"].items()}, flush=True)


if __name__ == "__main__":
    main()
