"""The slices of zero-shot transfer: what a system is fitted on, what it is asked, behind which histories.

An experiment is one fit; its slices ask the fitted system. Everything comes from the stages: raw tables of ``fetch``,
parts of ``prepare`` by a recipe (its item table keeps what only test rows mention out of the catalogue, unless it has
metadata), vectors of ``text_features`` and ``image_features``. Histories are those of ``predict``: what is known of a
user at the validation or the test moment. Histories that grow from row to row were tried from movies to the shop and
left out: a person's earlier answers foretell the next one's opposite, so that UAUC measures that and not the items.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus, Embeddings, load_corpus
from explainrec_models.data.histories import History
from explainrec_models.data.request import request_of
from explainrec_models.params import Source, Split, load_params
from explainrec_models.stages.prepare import prepare

MOVIES, SHOP = "ml-100k", "sample-shop"
CATEGORIES = ("Mugs", "Notebooks", "Lamps")
SHOTS = (0, 1, 3, 5, 10)
FIT_SHOTS = 3
"""Of validation users when a system is fitted: one fit, in the middle of the curve, serves every number of shots."""
SHARE = 0.2
"""Users or items held out, once for validation and once for testing."""
ROWS_PER_USER = 10
VALID_USERS = 60
"""Whose validation rows probabilities are fitted on: two numbers need no more, and a prompt costs a tenth of a
second."""
EVERYONE = 1_000_000
DATES = {MOVIES: ("1998-03-07", "1998-04-01"), SHOP: ("2022-01-01", "2022-04-01")}
"""First days of validation and test. Those of ml-100k are the pipeline's; the shop's are earlier, since its last three
months hold only some 130 rows of held-out items."""
WARM = "warm"


@dataclass(frozen=True)
class Asked:
    """Rows to score, columns user_id, item_id and liked, with the history of each."""

    rows: pl.DataFrame
    histories: Sequence[History]


@dataclass(frozen=True)
class Slice:
    """A column of a table.

    Attributes:
        name: of the column, and where scores are kept.
        kind: ``users``, ``items`` or ``domains``.
        valid: what probabilities are fitted on.
        test: what is judged.
    """

    name: str
    kind: str
    valid: Asked
    test: Asked


@dataclass(frozen=True)
class Experiment:
    """One fit and what it is asked.

    Attributes:
        ratios: names of a slice and of the slice that it is held against, whose users are the same.
        left_out: reason to count.
    """

    corpus: Corpus
    slices: Sequence[Slice]
    ratios: Sequence[tuple[str, str]] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """A dataset cut by a recipe: what a system may see, and the rows to score."""

    corpus: Corpus
    targets: Mapping[str, pl.DataFrame]


def cut_dataset(project: Path, key: str, choice: Split) -> Cut:
    """Run the stage ``prepare`` with a recipe and read what it wrote, with the vectors of all items."""
    params = load_params(project / "params.yaml")
    source: Source = params.sources[key]
    features = {kind: project / "data/features" / kind / key for kind in ("text", "image")}
    with TemporaryDirectory() as scratch:
        out, heldout = Path(scratch) / "prepared", Path(scratch) / "heldout"
        prepare(
            out,
            heldout,
            key=key,
            raw=project / "data/raw" / key,
            layout=source.layout,
            request=request_of(source),
            like_threshold=source.like_threshold,
            choice=choice,
            users=EVERYONE,
            rows_per_user=ROWS_PER_USER,
            seed=params.seed,
        )
        corpus = load_corpus(out, key=key, noun=source.noun, features=features)
        targets = {name: pl.read_parquet(heldout / f"{name}.parquet") for name in (schema.VALID, schema.TEST)}
    targets[schema.VALID] = of_some_users(targets[schema.VALID], VALID_USERS, seed=params.seed)
    return Cut(corpus, targets)


def of_some_users(rows: pl.DataFrame, count: int, *, seed: int) -> pl.DataFrame:
    """Return the rows of so many users, drawn from all of them."""
    users = rows[schema.USER_ID].unique().sort()
    drawn = users[np.random.default_rng(seed).permutation(len(users))[:count]]
    return rows.filter(pl.col(schema.USER_ID).is_in(drawn.implode()))


def asked(rows: pl.DataFrame, known: Mapping[str, History], *, shots: int | None = None) -> Asked:
    """Put rows behind what is known of their users, or behind its first ``shots`` rows."""
    histories = {user: known.get(user, History(user)) for user in rows[schema.USER_ID].unique()}
    if shots is not None:
        histories = {user: first(history, shots) for user, history in histories.items()}
    return Asked(rows, [histories[user] for user in rows[schema.USER_ID]])


def first(history: History, shots: int) -> History:
    """Return the earliest rows of a history."""
    return History(history.user_id, history.item_ids[:shots], history.liked[:shots], history.timestamps[:shots])


def cold_users(cut: Cut) -> Experiment:
    """Ask the same rows of users whom nothing was fitted on, behind their first 0, 1, 3, 5 and 10 rows.

    Args:
        cut: by ``k-shot-users`` with the most shots.
    """
    corpus = cut.corpus
    place = pl.int_range(pl.len()).over(schema.USER_ID)
    fitted_on = replace(corpus, context=corpus.context.filter(place < FIT_SHOTS))
    slices = [
        Slice(
            f"{corpus.key}, {shots} shots",
            "users",
            asked(cut.targets[schema.VALID], corpus.histories, shots=shots),
            asked(cut.targets[schema.TEST], corpus.known_histories, shots=shots),
        )
        for shots in SHOTS
    ]
    return Experiment(fitted_on, slices)


def cold_items(cut: Cut, later: Cut) -> Experiment:
    """Ask about items that nobody has rated and, of the same users and days, about those that training rows rate.

    Args:
        cut: by ``held-out-items``; its training rows name no item that is held out.
        later: by ``temporal`` with the same dates: all rows from the test day on.
    """
    corpus, cold = cut.corpus, cut.targets[schema.TEST]
    user, rated = pl.col(schema.USER_ID), corpus.train[schema.ITEM_ID].unique()
    warm = later.targets[schema.TEST].filter(pl.col(schema.ITEM_ID).is_in(rated.implode()))
    both = set(cold[schema.USER_ID]) & set(warm[schema.USER_ID])
    kept = {corpus.key: cold.filter(user.is_in(both)), f"{corpus.key}, {WARM}": warm.filter(user.is_in(both))}
    valid = asked(cut.targets[schema.VALID], corpus.histories)
    slices = [Slice(name, "items", valid, asked(rows, corpus.known_histories)) for name, rows in kept.items()]
    left_out = {
        "cold rows of users without a warm row": cold.height - slices[0].test.rows.height,
        "warm rows of users without a cold row": warm.height - slices[1].test.rows.height,
    }
    return Experiment(corpus, slices, [(slices[0].name, slices[1].name)], left_out)


def other_category(cut: Cut, category: str) -> Experiment:
    """Ask about a category of which nothing was fitted; histories are of the others.

    Args:
        cut: by ``cross-domain``.
        category: that is asked about.
    """
    corpus = cut.corpus
    valid = asked(cut.targets[schema.VALID], corpus.histories)
    test = asked(cut.targets[schema.TEST], corpus.known_histories)
    return Experiment(corpus, [Slice(f"to {category}", "domains", valid, test)])


def other_dataset(movies: Cut, shop: Cut) -> Experiment:
    """Fit on movies and ask about the shop, each row behind what the shop knows of its user at the test moment.

    One catalogue holds both, so that every system can be asked; the shop has no row that anything is fitted on.

    Args:
        movies: by ``temporal``.
        shop: by ``temporal``.
    """
    corpus = union(movies.corpus, shop.corpus)
    valid = named(movies.targets[schema.VALID], movies.corpus.key)
    test = named(shop.targets[schema.TEST], shop.corpus.key)
    name = f"{movies.corpus.key} to {shop.corpus.key}"
    asks = Slice(name, "domains", asked(valid, corpus.histories), asked(test, corpus.known_histories))
    return Experiment(corpus, [asks])


def union(fitted: Corpus, target: Corpus) -> Corpus:
    """Return a corpus of both catalogues whose rows are those of the first; what is known of the second is context."""
    parts = (fitted, target)
    ids = pl.concat([named(part.items, part.key)[schema.ITEM_ID] for part in parts])
    order = ids.arg_sort()
    items = pl.concat([named(part.items, part.key) for part in parts])[order]
    embeddings = {kind: stacked([part.embeddings[kind] for part in parts], order) for kind in fitted.embeddings}
    return Corpus(
        f"{fitted.key}-{target.key}",
        "item",
        items,
        named(fitted.train, fitted.key),
        named(fitted.valid, fitted.key),
        named(target.known, target.key),
        embeddings,
    )


def stacked(embeddings: Sequence[Embeddings], order: pl.Series) -> Embeddings:
    """Return the vectors of both catalogues in one order."""
    vectors = np.concatenate([one for one, _ in embeddings])
    present = np.concatenate([one for _, one in embeddings])
    return vectors[order.to_numpy()], present[order.to_numpy()]


def named(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Put the dataset before every id, so that ids of two datasets never meet."""
    ids = [name for name in (schema.USER_ID, schema.ITEM_ID) if name in rows.columns]
    return rows.with_columns(pl.format("{}:{}", pl.lit(key), pl.col(name)).alias(name) for name in ids)


def experiments(project: Path) -> dict[str, Callable[[], Experiment]]:
    """Return how each experiment is made, by name."""

    def dated(key: str, recipe: str, **more: object) -> Cut:
        valid_from, test_from = DATES[key]
        asks = {"recipe": recipe, "valid_from": valid_from, "test_from": test_from, **more}
        return cut_dataset(project, key, Split.model_validate(asks))

    def users(key: str) -> Experiment:
        choice = Split(recipe="k-shot-users", share=SHARE, shots=max(SHOTS))
        return cold_users(cut_dataset(project, key, choice))

    def items(key: str) -> Experiment:
        return cold_items(dated(key, "held-out-items", share=SHARE), dated(key, "temporal"))

    def domain(category: str) -> Experiment:
        others = tuple(name for name in CATEGORIES if name != category)
        choice = {"train_categories": others, "test_categories": (category,)}
        return other_category(dated(SHOP, "cross-domain", **choice), category)

    def movies() -> Experiment:
        return other_dataset(dated(MOVIES, "temporal"), dated(SHOP, "temporal"))

    return {
        **{f"users of {key}": partial(users, key) for key in DATES},
        **{f"items of {key}": partial(items, key) for key in DATES},
        **{f"to {category}": partial(domain, category) for category in CATEGORIES},
        f"{MOVIES} to {SHOP}": movies,
    }
