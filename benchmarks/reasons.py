"""Reasons of any fitted system, measured by what the same system does when evidence is left out.

Command: ``python benchmarks/reasons.py PROJECT DATASET SYSTEM [SYSTEM …] [--users N] [--items K] [--rivals R]``;
minutes for a linear system, a quarter of an hour for a language model on one core. PROJECT is a folder whose stages
have run up to ``predict``; nothing is written there. What earlier runs measured of other datasets and systems stays in
the record with the commit that it was computed at. Expected: no source is far above exact leave-one-out, and an
explanation that is worth its name beats ``recency`` and ``ease_recency``, which know nothing of the system.

Two sets of questions: the first items of the system's own ranking, and held-out test rows. m(x) is the sigmoid of the
score where the card says pointwise (log-odds), and elsewhere the score in standard deviations of the system's scores in
the user's ranking, as in ``comprehensiveness_score``. A recommendation stands while it is among the first five of the
candidates. A pointwise system's held-out row stands while its probability is above one half; so do the recommendations
of a language model, since ranking anew for each set costs a pass a candidate, unless ``--rivals`` pays for it.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from reasons_ask import CITED, EASE_RECENCY, LOO, OWN, RECENCY, Effort, Gathered, Subject, ask_user
from reasons_report import measured_sets, with_earlier
from reasons_truth import measure_truths, values_of
from record import commit, write_record

from explainrec_models.data import schema
from explainrec_models.data.corpus import load_corpus
from explainrec_models.data.paths import Paths
from explainrec_models.data.tables import read_parquet
from explainrec_models.evaluation.explanation.randomisation import permuted_labels
from explainrec_models.evaluation.truth import read_truth
from explainrec_models.params import Params, load_params
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.registry import system_card, system_class, system_config

ROOT = Path(__file__).parents[1]
NOT_RANDOMISED = "not done: a language model would have to be tuned a second time"
CHEAP = Effort(users=60, items=3, orders=8, steps=10, rivals=None, draws=20, jitters=3)
COSTLY = Effort(users=3, items=1, orders=4, steps=5, rivals=0, draws=2, jitters=1)
"""Where a language model reads every variant."""


def load_subject(paths: Paths, params: Params, dataset: str, name: str, effort: Effort) -> Subject:
    """Load what the stages wrote.

    Raises:
        MissingArtefactError: a stage has not run.
    """
    corpus = load_corpus(paths.prepared(dataset), key=dataset, noun=params.source(dataset).noun)
    weights, card = paths.pretrained("language_model"), system_card(name)
    system = system_class(name).load(paths.system(dataset, name), corpus, language_model=weights)
    randomised = None
    if not card.needs_language_model:
        labels = permuted_labels(corpus.train[schema.LIKED].to_numpy(), seed=params.seed)
        shuffled = replace(corpus, train=corpus.train.with_columns(pl.Series(schema.LIKED, labels)))
        config = system_config(name, params.system_settings.get(name, {}))
        with tempfile.TemporaryDirectory() as scratch:
            randomised = system_class(name).fit(
                shuffled, config, language_model=weights, scratch=Path(scratch), seed=params.seed
            )
    liked = corpus.train.filter(pl.col(schema.LIKED) == 1)
    subject = Subject(
        name,
        system,
        randomised,
        corpus,
        LinearTeacher.load(paths.labels(dataset) / "teacher"),
        read_parquet(paths.predictions(dataset, name) / "ranking.parquet", made_by=f"predict@{dataset}-{name}"),
        read_parquet(paths.heldout(dataset) / "test.parquet", made_by=f"prepare@{dataset}"),
        dict(liked.group_by(schema.ITEM_ID).len().iter_rows()),
        card.task == "pointwise",
        effort,
        params.seed,
    )
    # An attribute of the instance: its own explain is counted as well.
    system.score = subject.meter.counted(system.score)  # type: ignore[method-assign]
    return subject


def measure_system(paths: Paths, params: Params, dataset: str, name: str, effort: Effort) -> dict[str, Any]:
    """Return the entry of one system on one dataset."""
    started, at = time.perf_counter(), commit()
    subject = load_subject(paths, params, dataset, name, effort)
    generator = np.random.default_rng(params.seed)
    everyone = subject.ranking[schema.USER_ID].unique().sort().to_list()
    chosen = sorted(generator.permutation(everyone)[: effort.users].tolist())
    gathered = Gathered()
    for place, user in enumerate(chosen):
        ask_user(subject, user, gathered, np.random.default_rng((params.seed, place)))
        print(
            f"{dataset} {name}: {place + 1} of {len(chosen)} users, {time.perf_counter() - started:.0f} s", flush=True
        )
    pieces = gathered.pieces
    settings: dict[str, int] = {"resamples": params.evaluation.resamples, "seed": params.seed}
    entry: dict[str, Any] = {
        "questions": measured_sets(gathered.tables, own=OWN, references=(LOO, EASE_RECENCY, RECENCY), **settings),
        "output": "sigmoid of the score" if subject.pointwise else "score in standard deviations of the ranking",
        "cost": subject.meter.per_explanation(),
        "effort": vars(effort),
        "pieces": {"least": min(pieces), "median": float(np.median(pieces)), "most": max(pieces)} if pieces else {},
        "left_out": gathered.left_out,
        "randomised": "fitted on permuted labels" if subject.randomised else NOT_RANDOMISED,
        "computed": {
            "commit": at,
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "seconds": round(time.perf_counter() - started, 1),
        },
    }
    folder = params.source(dataset).truth
    if folder is not None:
        truth = read_truth(paths.root.parent / folder)
        entry["truth"] = values_of(measure_truths(gathered.truths, truth, own=OWN, count=CITED, **settings))
    return entry


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path, nargs="?", default=ROOT)
    parser.add_argument("dataset")
    parser.add_argument("systems", nargs="+")
    parser.add_argument("--users", type=int)
    parser.add_argument("--items", type=int)
    parser.add_argument("--rivals", type=int)
    words = parser.parse_args()
    params = load_params(words.project / "params.yaml")
    given = {name: getattr(words, name) for name in ("users", "items", "rivals") if getattr(words, name) is not None}
    for name in words.systems:
        effort = replace(COSTLY if system_card(name).needs_language_model else CHEAP, **given)
        entry = measure_system(Paths(words.project / "data"), params, words.dataset, name, effort)
        write_record("reasons", with_earlier({words.dataset: {name: entry}}), seed=params.seed)


if __name__ == "__main__":
    main()
