"""Invented rows for split recipes, and the questions that every recipe is asked."""

import random
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
from hypothesis import strategies as st

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.keyed_choice import held_out
from explainrec_models.data.schema import PARTS
from explainrec_models.data.splits import Split, recipe_of
from explainrec_models.errors import NothingToLearnError
from explainrec_models.params import Split as Choice
from explainrec_models.systems import popularity, rates

DAY = 86_400_000
SEED = 8
USERS = tuple(f"u{number}" for number in range(12))
ITEMS = tuple(f"i{number}" for number in range(12))
CATEGORIES = ("Mugs", "Lamps", "Games", None)
VALID_FROM, TEST_FROM = 3 * DAY, 6 * DAY
DATES = {"valid_from": "1970-01-04", "test_from": "1970-01-07"}
ALL = (*PARTS, "context")
CHOICES = {
    "temporal": Choice(recipe="temporal", **DATES),
    "temporal, both ends cut": Choice(recipe="temporal", start="1970-01-02", until="1970-01-09", **DATES),
    "leave-one-out": Choice(recipe="leave-one-out"),
    "few-shot": Choice(recipe="few-shot", shots=1, **DATES),
    "held-out-users": Choice(recipe="held-out-users", share=0.25),
    "held-out-users, dated": Choice(recipe="held-out-users", share=0.25, until="1970-01-09", **DATES),
    "k-shot-users": Choice(recipe="k-shot-users", share=0.25, shots=2),
    "k-shot-users, dated": Choice(recipe="k-shot-users", share=0.25, shots=1, **DATES),
    "held-out-items": Choice(recipe="held-out-items", share=0.25, **DATES),
    "cross-domain": Choice(
        recipe="cross-domain", train_categories=("Mugs",), test_categories=("Lamps",), start="1970-01-02", **DATES
    ),
    "given": Choice(recipe="given"),
}
"""One choice for each way that a recipe goes; TALLRec's needs ten thousand rows and has a test of its own."""

Row = tuple[str, str, int, int, str | None, str | None]
"""User, item, whether liked, moment, category and published part."""


def row(
    *, users: tuple[str, ...] = USERS, items: tuple[str, ...] = ITEMS, first: int = 0, last: int = 10 * DAY
) -> st.SearchStrategy[Row]:
    """Draw a row of these users and items between two moments; many moments are the same."""
    moments = st.sampled_from([moment for moment in range(0, 10 * DAY, DAY // 2) if first <= moment < last])
    parts = st.sampled_from([*PARTS, None])
    return st.tuples(
        st.sampled_from(users),
        st.sampled_from(items),
        st.integers(0, 1),
        moments,
        st.sampled_from(CATEGORIES),
        parts,
    )


def table(rows: list[Row]) -> pl.DataFrame:
    """Return rows as ``prepare`` hands them to a recipe; the rating numbers the row, so that each can be told."""
    columns = {
        schema.USER_ID: pl.String,
        schema.ITEM_ID: pl.String,
        schema.LIKED: pl.Int8,
        schema.TIMESTAMP: pl.Int64,
        schema.CATEGORY: pl.String,
        schema.SPLIT: pl.String,
    }
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.with_columns(pl.int_range(pl.len()).cast(pl.Float32).alias(schema.RATING))


def whole(rows: list[Row]) -> list[Row]:
    """Add two early rows of somebody else, so that there is a row to draw and one of each category that is named."""
    return [("first", "first", 1, 0, "Lamps", "train"), ("first", "second", 0, DAY, "Mugs", "train"), *rows]


def mixed(rows: list[Row], others: list[Row], order: random.Random) -> list[Row]:
    """Put other rows anywhere between rows that keep their order."""
    found = list(rows)
    for other in others:
        found.insert(order.randint(0, len(found)), other)
    return found


Files = tuple[pl.DataFrame, pl.DataFrame]


def two_files(kept: st.SearchStrategy[list[Row]], planted: st.SearchStrategy[Row]) -> st.SearchStrategy[Files]:
    """Draw two files with the same rows in the same order and, anywhere between them, other rows in each."""
    others = st.lists(planted, max_size=15)

    def both(rows: list[Row], some: list[Row], more: list[Row], order: random.Random) -> Files:
        return table(mixed(rows, some, order)), table(mixed(rows, more, order))

    return st.builds(both, kept, others, others, st.randoms(use_true_random=False))


def divide(rows: pl.DataFrame, choice: Choice) -> Split:
    """Cut rows; a part may come out empty."""
    return recipe_of(choice.recipe).split(rows, choice=choice, seed=SEED)


def text(part: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Return rows without their number, since the number depends on the other rows of the file."""
    columns = (schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP, schema.LIKED)
    return part.select(columns).cast({schema.USER_ID: pl.String, schema.ITEM_ID: pl.String}).rows()


def trained(split: Split) -> list[Any]:
    """Return the training rows and what two systems count in them."""
    items = pl.DataFrame({schema.ITEM_ID: ITEMS})
    plain = split.train.cast({schema.USER_ID: pl.String, schema.ITEM_ID: pl.String})
    corpus = Corpus("invented", "film", items, plain, plain.clear())
    return [text(split.train), *(_scores(module, corpus) for module in (rates, popularity))]


def _scores(module: ModuleType, corpus: Corpus) -> Any:
    """Return what a system scores, or why it learned nothing: of rows with one label ``rates`` says so."""
    try:
        system = module.System.fit(corpus, module.Config(), language_model=Path(), scratch=Path(), seed=SEED)
    except NothingToLearnError as error:
        return str(error)
    return system.score([History("somebody")], [ITEMS]).tolist()


def chosen_on(split: Split) -> list[Any]:
    """Return all that settings are chosen on: what is trained, the validation rows and the context of their users."""
    asked = split.valid[schema.USER_ID].unique().implode()
    context = split.context.filter(pl.col(schema.USER_ID).is_in(asked))
    return [*trained(split), text(split.valid), text(context)]


def broken_promises(split: Split, promises: frozenset[str]) -> list[str]:
    """Return what does not hold of a recipe's promises."""
    order = [split.context, *(getattr(split, name) for name in PARTS)]
    user, moment = pl.col(schema.USER_ID), pl.col(schema.TIMESTAMP)
    broken = []
    for earlier, later in combinations(order[1:], 2):
        if earlier.height and later.height and earlier[schema.TIMESTAMP].max() >= later[schema.TIMESTAMP].min():
            broken.append("time apart")
        broken += [
            promise
            for promise, key in (("users apart", schema.USER_ID), ("items apart", schema.ITEM_ID))
            if earlier.join(later, on=key).height
        ]
    for earlier, later in combinations(order, 2):
        ends = earlier.group_by(user).agg(moment.max().alias("end"))
        starts = later.group_by(user).agg(moment.min().alias("start"))
        if ends.join(starts, on=schema.USER_ID).filter(pl.col("end") > pl.col("start")).height:
            broken.append("users in order")
    return sorted(set(broken) & promises)


def chosen(names: tuple[str, ...], share: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of the invented users or items the hash holds out for validation and for testing."""
    valid, test = held_out(pl.Series(names), share=share, seed=SEED)
    assert len(valid)
    assert len(test)
    return tuple(valid), tuple(test)
