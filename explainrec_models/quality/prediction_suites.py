"""Suites of a system's predictions: every held-out row scored once, rankings without gaps and without known items."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.candidates import CANDIDATES_NAME, candidate_lists, has_candidates
from explainrec_models.quality.frames import KNOWN_ITEM, PAIR, is_among, is_known, scan
from explainrec_models.quality.rules import (
    CRITICAL,
    NUMBERS,
    WARNING,
    Rule,
    flagged,
    has_columns,
    listed_once,
    never_missing,
)
from explainrec_models.quality.run import Layer

TARGET = [schema.SPLIT, *PAIR]
SCORED_COLUMNS = (*TARGET, schema.LIKED, schema.SCORE)
RANKED_COLUMNS = (schema.USER_ID, schema.RANK, schema.ITEM_ID, schema.SCORE)

HELD_OUT = "is_held_out"
SCORED = "is_scored"
FINITE = "finite"
SAME_LABEL = "same_label"
ASKED_USER = "is_asked_user"
WITHOUT_GAP = "without_gap"
FALLING = "score_does_not_rise"
RECOMMENDED_AGAIN = "is_in_history"
LISTED = "is_candidate"
RANKED = "is_ranked"


class Asked:
    """What a system was asked: the held-out rows, and the users to rank for with what they know already."""

    def __init__(self, prepared: Path, heldout: Path, items: pl.DataFrame) -> None:
        """Read the held-out rows and the history of their users.

        Raises:
            MissingArtefactError: ``prepare`` has not run.
        """
        self.items = items
        names = (schema.VALID, schema.TEST)
        targets = [scan(heldout / f"{name}.parquet") for name in names]
        self.targets = pl.concat(
            table.select(pl.lit(name).alias(schema.SPLIT), *PAIR, schema.LIKED)
            for name, table in zip(names, targets, strict=True)
        ).collect()
        targets_of_ranking = scan(heldout / "liked_test.parquet").select(PAIR).collect()
        liked = targets_of_ranking.select(schema.USER_ID).unique()
        parts = [scan(prepared / f"{name}.parquet").select(PAIR) for name in ("train", "valid", "context")]
        known = pl.concat(parts).join(liked.lazy(), on=schema.USER_ID, how="semi").unique()
        self.known = known.collect(engine="streaming")
        self.users = self.known[schema.USER_ID].unique()
        # Of a user who knows the whole catalogue nothing is left to rank.
        sizes = self.known.group_by(schema.USER_ID).len()
        self.rankable = sizes.filter(pl.col("len") < items.height).height
        self.candidates = None
        if has_candidates(heldout):
            catalogue = items[schema.ITEM_ID].to_list()
            lists = candidate_lists(heldout, targets_of_ranking, self.users, catalogue, made_by="prepare")
            rows = [(user, item) for user, listed in lists.by_user.items() for item in listed]
            self.candidates = pl.DataFrame(rows, schema=dict.fromkeys(PAIR, pl.String), orient="row")


def prediction_layers(folder: Path, system: str, asked: Asked, *, fused: bool = False) -> list[Layer]:
    """Return the suites of one system's scores and ranking.

    Args:
        folder: that ``predict`` wrote.
        system: its name, for the layers.
        asked: what it was asked.
        fused: whether its ranking goes by the retriever's rank too, so that scores need not fall with the rank.

    Raises:
        MissingArtefactError: ``predict`` has not run.
    """
    layers = []
    suites: list[tuple[str, str, Sequence[str], Callable[[str, pl.LazyFrame, Asked], Layer]]] = [
        (f"predictions_{system}", "pointwise.parquet", SCORED_COLUMNS, _pointwise),
        (f"predictions_{system}_ranking", "ranking.parquet", RANKED_COLUMNS, partial(_ranking, fused=fused)),
    ]
    if asked.candidates is not None:
        suites.append((f"predictions_{system}_candidates", CANDIDATES_NAME, RANKED_COLUMNS, _candidates))
    for name, file, columns, suite in suites:
        table = scan(folder / file, made_by="predict")
        whole = set(columns) <= set(table.collect_schema())
        layers.append(suite(name, table, asked) if whole else Layer(name, table, [has_columns(name, columns)]))
    return layers


def _pointwise(layer: str, table: pl.LazyFrame, asked: Asked) -> Layer:
    label = pl.col(schema.LIKED)
    targets = asked.targets.lazy().rename({schema.LIKED: "label"}).with_columns(pl.lit(1, pl.Int64).alias(HELD_OUT))
    scored = table.select(SCORED_COLUMNS).with_columns(
        pl.lit(1, pl.Int64).alias(SCORED), pl.col(schema.SCORE).is_finite().fill_null(value=False).alias(FINITE)
    )
    facts = scored.join(targets, on=TARGET, how="full", coalesce=True, maintain_order="left_right").with_columns(
        pl.col(SCORED, HELD_OUT).fill_null(0),
        pl.col(FINITE).cast(pl.Int64),
        (label == pl.col("label")).cast(pl.Int64).alias(SAME_LABEL),
    )
    rules = [
        *never_missing(layer, TARGET),
        flagged(layer, "every held-out row is scored", SCORED, expected="a score for each row of valid and test"),
        flagged(layer, "only held-out rows are scored", HELD_OUT, expected="no other row"),
        listed_once(layer, TARGET, name="rows are scored once", expected="no row twice"),
        flagged(layer, "scores are finite", FINITE, expected=NUMBERS),
        flagged(layer, "labels are those of the held-out rows", SAME_LABEL, expected="the same in both tables"),
        _not_constant(layer),
    ]
    return Layer(layer, facts, rules)


def _ranking(layer: str, table: pl.LazyFrame, asked: Asked, *, fused: bool) -> Layer:
    known = asked.known.lazy().with_columns(pl.lit(1, pl.Int64).alias(RECOMMENDED_AGAIN))
    facts = (
        _in_order(table)
        .with_columns(is_known(asked.items), is_among(schema.USER_ID, asked.users).alias(ASKED_USER))
        .join(known, on=PAIR, how="left", maintain_order="left")
        .with_columns(pl.col(RECOMMENDED_AGAIN).fill_null(0))
    )
    rules = [
        *never_missing(layer, RANKED_COLUMNS),
        flagged(layer, "rankings are for test users with a history", ASKED_USER, expected="no other user"),
        _all_users(layer, asked.rankable),
        *_order_rules(layer, by_score=not fused),
        flagged(layer, "items are in the item table", KNOWN_ITEM, expected="no row with an item that is not"),
        flagged(
            layer,
            "nothing known is recommended again",
            RECOMMENDED_AGAIN,
            expected="no item of the user's history",
            value=0,
        ),
    ]
    return Layer(layer, facts, rules)


def _candidates(layer: str, table: pl.LazyFrame, asked: Asked) -> Layer:
    assert asked.candidates is not None
    listed = asked.candidates.lazy().with_columns(pl.lit(1, pl.Int64).alias(LISTED))
    facts = (
        _in_order(table)
        .with_columns(pl.lit(1, pl.Int64).alias(RANKED))
        .join(listed, on=PAIR, how="full", coalesce=True, maintain_order="left_right")
        .with_columns(pl.col(RANKED, LISTED).fill_null(0))
    )
    rules = [
        *never_missing(layer, PAIR),
        flagged(layer, "every published candidate is ranked", RANKED, expected="a rank for each of the user's list"),
        flagged(layer, "only published candidates are ranked", LISTED, expected="no other item but the target"),
        *_order_rules(layer, by_score=True),
    ]
    return Layer(layer, facts, rules)


def _in_order(table: pl.LazyFrame) -> pl.LazyFrame:
    """Return ranked lists with the facts that hold of any list."""
    user, score = pl.col(schema.USER_ID), pl.col(schema.SCORE)
    place = pl.int_range(1, pl.len() + 1).over(user)
    return (
        table.select(RANKED_COLUMNS)
        .sort(schema.USER_ID, schema.RANK, maintain_order=True)
        .with_columns(
            score.is_finite().fill_null(value=False).cast(pl.Int64).alias(FINITE),
            (pl.col(schema.RANK) == place).cast(pl.Int64).alias(WITHOUT_GAP),
            (score <= score.shift(1).over(user)).cast(pl.Int64).alias(FALLING),
        )
    )


def _order_rules(layer: str, *, by_score: bool) -> list[Rule]:
    falling = flagged(layer, "scores fall with the rank", FALLING, expected="no score above the one ranked before it")
    return [
        flagged(layer, "ranks count from 1 without gaps", WITHOUT_GAP, expected="1 to the length of the user's list"),
        *([falling] if by_score else []),
        flagged(layer, "scores are finite", FINITE, expected=NUMBERS),
        listed_once(layer, PAIR, name="items are recommended once", expected="no item twice for a user"),
    ]


def _not_constant(layer: str) -> Rule:
    return Rule(
        name="scores tell rows apart",
        layer=layer,
        severity=WARNING,
        expected="at least 2 different scores",
        expectation="ExpectColumnUniqueValueCountToBeBetween",
        arguments={"column": schema.SCORE, "min_value": 2},
    )


def _all_users(layer: str, users: int) -> Rule:
    return Rule(
        name="every test user with a history and something new has a ranking",
        layer=layer,
        severity=CRITICAL,
        expected=f"{users} users",
        expectation="ExpectColumnUniqueValueCountToBeBetween",
        arguments={"column": schema.USER_ID, "min_value": users},
    )
