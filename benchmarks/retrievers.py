"""Who draws the list that ``explainrec`` re-ranks: the linear teacher, or a system that ranks the whole catalogue.

Command: ``python benchmarks/retrievers.py PROJECT``; a minute or two. PROJECT is a folder in which the main job has run
(``make demo``), so that the teacher and every system are fitted. Each retriever's own order of its list, that of
``explainrec`` by its scores alone and that of both ranks fused are judged on the liked test items of the users that
``predict`` ranks. Interval: users resampled. Expected: both ranks fused are no worse than either; with ``sasrec`` as
retriever the sequence speaks in the list.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import polars as pl
from record import write_record

from explainrec_models.data import schema
from explainrec_models.data.corpus import load_corpus
from explainrec_models.data.histories import History
from explainrec_models.data.paths import Paths
from explainrec_models.evaluation.bootstrap import bootstrap_interval, draw_weights
from explainrec_models.evaluation.ranking import rank_users, ranking_measures
from explainrec_models.params import Retriever, load_params
from explainrec_models.parts.retrieval import Order, re_ranked, retrieve
from explainrec_models.registry import System, system_class
from explainrec_models.retrievers import load_retriever

RETRIEVERS = (
    Retriever(),
    *(Retriever(kind="systems", name=name) for name in ("ease", "sasrec", "boosted", "popularity")),
)
RE_RANKER = "explainrec"
WAYS = ("alone", *get_args(Order))
CUTOFFS = (10, 20)
METRICS = ("recall_at_20_score", "ndcg_at_10_score", "recall_at_10_score")

Lists = Mapping[str, Sequence[str]]


def judged(lists: Lists, relevant: pl.DataFrame, *, resamples: int, seed: int) -> dict[str, dict[str, float | None]]:
    """Return each metric of the users' lists with its interval."""
    rows = [(user, rank, item) for user, items in lists.items() for rank, item in enumerate(items, start=1)]
    columns = {schema.USER_ID: pl.String, schema.RANK: pl.Int32, schema.ITEM_ID: pl.String}
    users = rank_users(pl.DataFrame(rows, schema=columns, orient="row"), relevant, CUTOFFS)
    weights = draw_weights(users.users.height, resamples, seed=seed)
    found = ranking_measures(users)
    intervals = {metric: bootstrap_interval(found[metric].statistic, weights) for metric in METRICS}
    return {metric: {"value": one.value, "low": one.low, "high": one.high} for metric, one in intervals.items()}


def reordered(system: System, histories: Mapping[str, History], lists: Lists) -> dict[str, Lists]:
    """Return the lists as they are, by the system's scores alone, and by both ranks."""
    found: dict[str, dict[str, Sequence[str]]] = {way: {} for way in WAYS}
    for user, items in lists.items():
        (scores,) = system.score([histories[user]], [items])
        found["alone"][user] = items
        for order in get_args(Order):
            found[order][user] = [item for item, _ in re_ranked(scores, items, order)]
    return dict(found)


def of_dataset(paths: Paths, key: str, noun: str, *, length: int, resamples: int, seed: int) -> dict[str, Any]:
    """Return what each retriever reaches alone and re-ranked."""
    corpus = load_corpus(paths.prepared(key), key=key, noun=noun)
    model_folder = paths.pretrained("language_model")
    liked = pl.read_parquet(paths.heldout(key) / "liked_test.parquet")
    known = corpus.known_histories
    histories = {user: known[user] for user in liked[schema.USER_ID].unique().sort() if user in known}
    system = system_class(RE_RANKER).load(paths.system(key, RE_RANKER), corpus, language_model=model_folder)
    found: dict[str, Any] = {}
    for choice in RETRIEVERS:
        finder = load_retriever(choice, paths.retriever(key, choice), corpus, language_model=model_folder)
        lists = dict(zip(histories, retrieve(finder, list(histories.values()), length=length), strict=True))
        found[choice.name] = {
            way: judged(one, liked, resamples=resamples, seed=seed)
            for way, one in reordered(system, histories, lists).items()
        }
        shown = {how: cells["ndcg_at_10_score"]["value"] for how, cells in found[choice.name].items()}
        print(key, choice.name, shown, flush=True)
    return {"users": len(histories), "retrievers": found}


def main() -> None:
    """Measure both datasets and write the record."""
    project = Path(sys.argv[1])
    params = load_params(project / "params.yaml")
    length, resamples = params.evaluation.retrieved, params.evaluation.resamples
    paths = Paths(project / "data")
    datasets = {
        key: of_dataset(paths, key, params.source(key).noun, length=length, resamples=resamples, seed=params.seed)
        for key in params.datasets
    }
    write_record("retrievers", {"length": length, "datasets": datasets}, seed=params.seed)


if __name__ == "__main__":
    main()
