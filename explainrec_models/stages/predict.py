"""Stage ``predict``: score the held-out rows and rank the catalogue, or re-rank the retriever's list.

Where the dataset came with candidate lists, these are ranked too, in a table of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.candidates import CANDIDATES_NAME, candidate_lists, has_candidates
from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.data.tables import read_parquet, write_parquet
from explainrec_models.data.unusable import unusable_reason
from explainrec_models.params import Retriever
from explainrec_models.parts.progress import tracked
from explainrec_models.parts.ranking import top_items
from explainrec_models.parts.retrieval import Order, re_ranked, retrieve
from explainrec_models.registry import System, system_card, system_class
from explainrec_models.retrievers import load_retriever, ranking_name

USERS_A_CALL = 256

Ranked = list[tuple[str, float]]


@dataclass(frozen=True)
class Lists:
    """Items to put in order, by user, best first where their order says anything; and how."""

    by_user: Mapping[str, list[str]]
    order: Order


@dataclass(frozen=True)
class PredictReport:
    """How much was scored."""

    system: str
    rows: int
    ranked_users: int
    ranking: str
    """``full``, or what is re-ranked; nothing where the system cannot use the dataset."""
    candidates: Mapping[str, int] | None = None
    """Counts of the published lists; none where the dataset has none."""
    unusable: str | None = None
    """Why the system cannot use the dataset; then it scored nothing."""

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values; of the last two what there is."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def predict(
    out: Path,
    *,
    system: str,
    fitted: Path,
    prepared: Path,
    heldout: Path,
    retriever: Retriever,
    found_by: Path,
    key: str,
    noun: str,
    language_model: Path,
    retrieved: int,
    length: int,
) -> PredictReport:
    """Write pointwise scores of the held-out rows, a ranking a warm test user and, where published, of its candidates.

    A system that can learn nothing from the dataset leaves empty tables and the reason. Histories hold the rows before
    the validation cut for validation targets, and before the test cut for test targets.

    Args:
        out: folder to write.
        system: name of the system.
        fitted: folder that ``tune`` wrote.
        prepared: folder of the training and validation rows.
        heldout: folder of the targets.
        retriever: what draws the list that a system without full ranking re-ranks.
        found_by: its folder.
        key: the dataset's key.
        noun: what an item is called.
        language_model: folder of the pretrained language model.
        retrieved: length of that list.
        length: length of the ranking of a system that ranks the whole catalogue.

    Raises:
        MissingArtefactError: an earlier stage has not run.
        ParamsError: the retriever does not rank the whole catalogue.
        NothingToLearnError: the retriever could learn nothing from the dataset.
    """
    why = unusable_reason(fitted)
    if why is not None:
        return _write_nothing(out, system, heldout, why, key=key)
    corpus = load_corpus(prepared, key=key, noun=noun)
    model = system_class(system).load(fitted, corpus, language_model=language_model)
    known = corpus.known_histories
    targets = {
        name: read_parquet(heldout / f"{name}.parquet", made_by=f"prepare@{key}")
        for name in (schema.VALID, schema.TEST)
    }
    liked = read_parquet(heldout / "liked_test.parquet", made_by=f"prepare@{key}")
    ranked_users = [user for user in liked[schema.USER_ID].unique().sort().to_list() if user in known]
    full = system_card(system).full_ranking
    lists: dict[str, list[str]] = {}
    if not full:
        finder = load_retriever(retriever, found_by, corpus, language_model=language_model)
        drawn = retrieve(finder, [known[user] for user in ranked_users], length=retrieved)
        lists = dict(zip(ranked_users, drawn, strict=True))
    published = None
    if has_candidates(heldout):
        published = candidate_lists(heldout, liked, ranked_users, corpus.item_ids, made_by=f"prepare@{key}")
    # A published list comes in no order that says anything.
    to_rank = [Lists(lists, retriever.order), Lists(published.by_user if published else {}, "scores")]
    pointwise = [_score_targets(model, targets[schema.VALID], corpus.histories, [], slow=not full)[0]]
    test, (ranking, candidates) = _score_targets(model, targets[schema.TEST], known, to_rank, slow=not full)
    pointwise.append(test)
    if full:
        ranking = _rank_catalogue(model, corpus, ranked_users, known, length)
    scored = pl.concat(
        [table.with_columns(pl.lit(name).alias(schema.SPLIT)) for name, table in zip(targets, pointwise, strict=True)]
    )
    label = "full" if full else ranking_name(retriever, retrieved)
    report = PredictReport(system, scored.height, len(ranking), label, published.counts() if published else None)
    return _write(out, scored, ranking, candidates if published else None, report)


def _write_nothing(out: Path, system: str, heldout: Path, why: str, *, key: str) -> PredictReport:
    """Write the tables of a system that cannot use the dataset: without rows, so that no number can come of them."""
    targets = read_parquet(heldout / f"{schema.TEST}.parquet", made_by=f"prepare@{key}").clear()
    columns = pl.lit(schema.TEST).alias(schema.SPLIT), pl.lit(0.0, dtype=pl.Float32).alias(schema.SCORE)
    candidates: dict[str, Ranked] | None = {} if has_candidates(heldout) else None
    return _write(out, targets.with_columns(*columns), {}, candidates, PredictReport(system, 0, 0, "", unusable=why))


def _write(
    out: Path,
    scored: pl.DataFrame,
    ranking: dict[str, Ranked],
    candidates: dict[str, Ranked] | None,
    report: PredictReport,
) -> PredictReport:
    with replacing(out) as folder:
        write_parquet(scored, folder / "pointwise.parquet")
        write_parquet(_ranking_table(ranking), folder / "ranking.parquet")
        if candidates is not None:
            write_parquet(_ranking_table(candidates), folder / CANDIDATES_NAME)
        write_json(folder / REPORT_NAME, report.summary())
    return report


def _score_targets(
    model: System,
    targets: pl.DataFrame,
    known: Mapping[str, History],
    lists: Sequence[Lists],
    *,
    slow: bool,
) -> tuple[pl.DataFrame, list[dict[str, Ranked]]]:
    """Score each user's targets and, in the same call (so that the history is read once), the lists to rank."""
    wanted = dict(targets.group_by(schema.USER_ID, maintain_order=True).agg(schema.ITEM_ID).iter_rows())
    users = list(dict.fromkeys([*wanted, *(user for each in lists for user in each.by_user)]))
    size = 1 if slow else USERS_A_CALL
    chunks = [users[start : start + size] for start in range(0, len(users), size)]
    scores: list[float] = []
    rankings: list[dict[str, Ranked]] = [{} for _ in lists]
    for chunk in tracked(chunks, what="users", total=len(chunks)):
        histories = [known.get(user, History(user)) for user in chunk]
        asked = [[wanted.get(user, []), *(each.by_user.get(user, []) for each in lists)] for user in chunk]
        candidates = [[item for items in parts for item in items] for parts in asked]
        for user, parts, row in zip(chunk, asked, model.score(histories, candidates), strict=True):
            place = len(parts[0])
            scores += [float(value) for value in row[:place]]
            for ranking, each, items in zip(rankings, lists, parts[1:], strict=True):
                if user in each.by_user:
                    ranking[user] = re_ranked(row[place : place + len(items)], items, each.order)
                place += len(items)
    return targets.with_columns(pl.Series(schema.SCORE, scores, dtype=pl.Float32)), rankings


def _rank_catalogue(
    model: System, corpus: Corpus, users: Sequence[str], known: Mapping[str, History], length: int
) -> dict[str, Ranked]:
    ranking = {}
    for start in range(0, len(users), USERS_A_CALL):
        chunk = users[start : start + USERS_A_CALL]
        histories = [known[user] for user in chunk]
        scores = model.score(histories, [corpus.item_ids] * len(chunk))
        for user, row in zip(chunk, scores, strict=True):
            ranking[user] = top_items(row, corpus.item_ids, length=length, exclude=set(known[user].item_ids))
    return ranking


def _ranking_table(ranking: dict[str, Ranked]) -> pl.DataFrame:
    rows = [
        (user, rank, item, score)
        for user, best in sorted(ranking.items())
        for rank, (item, score) in enumerate(best, start=1)
    ]
    columns = {schema.USER_ID: pl.String, schema.RANK: pl.Int32, schema.ITEM_ID: pl.String, schema.SCORE: pl.Float32}
    return pl.DataFrame(rows, schema=columns, orient="row")
