"""Stage ``explain``: the reasons of a system's recommendations, and what deleting the cited items does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.data.tables import read_parquet
from explainrec_models.data.unusable import UNUSABLE, unusable_reason
from explainrec_models.parts.deletion import deletion_test
from explainrec_models.parts.explanation import Explanation
from explainrec_models.parts.progress import tracked
from explainrec_models.parts.speaks import worded
from explainrec_models.registry import System, system_card, system_class


@dataclass(frozen=True)
class ExplainReport:
    """How many recommendations were explained."""

    system: str
    users: int
    explained: int
    without_evidence: int
    """Explanations that cite nothing of the history, because nothing there speaks for the item."""
    unusable: str | None = None
    """Why the system cannot use this dataset; then there is nothing to explain."""

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values; a reason is in it where there is one."""
        return {name: value for name, value in asdict(self).items() if name != UNUSABLE or value is not None}


@dataclass
class _Tables:
    contributions: list[tuple[Any, ...]] = field(default_factory=list)
    reasons: list[tuple[Any, ...]] = field(default_factory=list)
    deletions: list[tuple[Any, ...]] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        text, number, whole, listed = pl.String, pl.Float64, pl.Int32, pl.List(pl.String)
        pair = {schema.USER_ID: text, schema.ITEM_ID: text}
        ranked = {**pair, schema.RANK: whole, schema.SCORE: number}
        schemas: dict[str, dict[str, Any]] = {
            "contributions": {**ranked, schema.SLOT: text, schema.SOURCE: text, schema.CONTRIBUTION: number},
            "reasons": {
                **ranked,
                schema.TITLE: text,
                schema.REASON: text,
                "method": text,
                "cited": listed,
                "history": listed,
                "history_liked": pl.List(pl.Boolean),
            },
            "deletions": {**pair, "removed": text, "count": whole, schema.SCORE: number, "score_without": number},
        }
        for name, columns in schemas.items():
            table = pl.DataFrame(getattr(self, name), schema=columns, orient="row")
            table.write_parquet(folder / f"{name}.parquet")


def explain(
    out: Path,
    *,
    system: str,
    fitted: Path,
    prepared: Path,
    predictions: Path,
    key: str,
    noun: str,
    language_model: Path,
    users: int,
    items: int,
    cited: int,
    seed: int,
) -> ExplainReport:
    """Explain the top items of some users and test the reasons on the system that decided.

    Args:
        out: folder to write.
        system: name of the system.
        fitted: folder that ``tune`` wrote.
        prepared: folder of the training and validation rows.
        predictions: folder that ``predict`` wrote for this system.
        key: the dataset's key.
        noun: what an item is called.
        language_model: folder of the pretrained language model.
        users: users to explain, the same for every system of a dataset.
        items: top items a user.
        cited: most history items that a reason cites.
        seed: of the sample of users and the random control.

    Raises:
        MissingArtefactError: an earlier stage has not run.
    """
    why = unusable_reason(predictions)
    if why is not None:
        return _write(out, _Tables(), ExplainReport(system, 0, 0, 0, why))
    corpus = load_corpus(prepared, key=key, noun=noun)
    ranking = read_parquet(predictions / "ranking.parquet", made_by=f"predict@{key}-{system}")
    known = corpus.known_histories
    generator = np.random.default_rng(seed)
    everyone = ranking[schema.USER_ID].unique().sort().to_list()
    chosen = sorted(generator.permutation(everyone)[:users].tolist()) if system_card(system).explains else []
    model = system_class(system).load(fitted, corpus, language_model=language_model)
    popularity = dict(corpus.train.filter(pl.col(schema.LIKED) == 1).group_by(schema.ITEM_ID).len().iter_rows())
    tables = _Tables()
    for user in tracked(chosen, what="users explained", total=len(chosen)):
        best = ranking.filter(pl.col(schema.USER_ID) == user).sort(schema.RANK).head(items)[schema.ITEM_ID].to_list()
        explanations = model.explain(known[user], best)
        for rank, explanation in enumerate(explanations, start=1):
            words = worded(model, explanation, known[user], corpus.titles, cited=cited)
            _record(tables, explanation, rank, known[user], corpus, words)
            _test(tables, model, explanation, known[user], popularity, cited=cited, generator=generator)
    without = sum(not row[7] for row in tables.reasons)
    return _write(out, tables, ExplainReport(system, len(chosen), len(tables.reasons), without))


def _write(out: Path, tables: _Tables, report: ExplainReport) -> ExplainReport:
    with replacing(out) as folder:
        tables.write(folder)
        write_json(folder / REPORT_NAME, report.summary())
    return report


def _record(
    tables: _Tables,
    explanation: Explanation,
    rank: int,
    history: History,
    corpus: Corpus,
    worded_reason: tuple[str, list[str]],
) -> None:
    head = (explanation.user_id, explanation.item_id, rank, explanation.score)
    tables.contributions += [(*head, c.slot, c.source, c.value) for c in explanation.contributions]
    words, sources = worded_reason
    title = corpus.titles[explanation.item_id]
    tables.reasons.append(
        (*head, title, words, explanation.method, sources, list(history.item_ids), list(history.liked))
    )


def _test(
    tables: _Tables,
    model: System,
    explanation: Explanation,
    history: History,
    popularity: Mapping[str, int],
    *,
    cited: int,
    generator: np.random.Generator,
) -> None:
    # What a reason may cite, not what its words chose to: every system loses equally many items.
    sources = [c.source for c in explanation.strongest(cited, slots=[schema.HISTORY])]
    pool = [c.source for c in explanation.contributions if c.slot == schema.HISTORY]
    # Only what the model reads: a window filled up with older rows would hide what the deletion did.
    read = history.only(pool)
    deletions = deletion_test(
        model.score,
        read,
        explanation.item_id,
        cited=sources,
        pool=pool,
        popularity=popularity,
        generator=generator,
    )
    pair = (explanation.user_id, explanation.item_id)
    tables.deletions += [(*pair, d.removed, d.count, d.score, d.score_without) for d in deletions]
