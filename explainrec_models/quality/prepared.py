"""Suites of the prepared and held-out tables: what the split promises, labels that follow the ratings, known items."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.tables import read_parquet
from explainrec_models.quality.frames import KNOWN_ITEM, PAIR, is_known, scan
from explainrec_models.quality.limits import ROWS_AT_ONCE
from explainrec_models.quality.promises import Span, after, apart, in_users_order, within
from explainrec_models.quality.rules import (
    CRITICAL,
    WARNING,
    Rule,
    Severity,
    flagged,
    has_columns,
    listed_once,
    never_missing,
)
from explainrec_models.quality.run import Layer, run_suites
from explainrec_models.quality.verdict import Verdict

LABEL_FITS = "label_fits"
IN_PAST = "in_past"
TARGET_COLUMNS = (*PAIR, schema.LIKED)
CONTEXT = "context"


@dataclass(frozen=True)
class Cut:
    """How the rows were labelled and cut.

    Attributes:
        promises: of the recipe, as ``data/splits.py`` names them.
        valid_from: first validation day, where the split cuts by date.
        test_from: first test day, likewise.
        like_threshold: ratings from here on are likes.
        implicit: whether there are events instead of ratings; each is a like.
    """

    promises: frozenset[str]
    valid_from: str | None
    test_from: str | None
    like_threshold: float
    implicit: bool


def validate_prepared(  # noqa: PLR0913 - everything that a split promises
    prepared: Path,
    heldout: Path,
    *,
    dataset: str,
    like_threshold: float,
    promises: frozenset[str],
    valid_from: str | None,
    test_from: str | None,
    implicit: bool = False,
    dropped: Mapping[str, int] | None = None,
    docs: Path | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Verdict:
    """Check what ``prepare`` wrote: a condition on its output, to be asked right after it has run.

    The stage ``validate`` cannot ask it: it runs before ``prepare``, on raw rows.

    Args:
        prepared: folder of the tables that systems may see.
        heldout: folder of the rows to score.
        dataset: its key.
        like_threshold: ratings from here on are likes.
        promises: of the split's recipe, as ``data/splits.py`` names them.
        valid_from: first validation day; None for recipes that cut otherwise.
        test_from: first test day, likewise.
        implicit: whether there are events instead of ratings; each is a like.
        dropped: reason to count, of rows that the reader or the split left out; shown beside the expectations.
        docs: folder for the Data Docs; none are written without it.
        rows_at_once: larger tables are counted, not read by Great Expectations row by row.

    Raises:
        MissingArtefactError: a table is not there.
    """
    cut = Cut(promises, valid_from, test_from, like_threshold, implicit)
    items = read_parquet(prepared / "items.parquet", made_by="prepare")
    parts = {name: scan(prepared / f"{name}.parquet") for name in ("train", "valid", CONTEXT)}
    layers = [Layer("prepared_items", items.lazy(), _items("prepared_items"))]
    layers += [_part(name, parts, items, cut) for name in parts]
    targets = {name: scan(heldout / f"{name}.parquet") for name in ("valid", "test", "liked_test")}
    layers += [_targets(name, rows, parts, items, cut) for name, rows in targets.items()]
    return run_suites(layers, dataset=dataset, docs=docs, dropped=dropped, rows_at_once=rows_at_once)


def _items(layer: str) -> list[Rule]:
    return [
        has_columns(layer, schema.ITEM_COLUMNS),
        *never_missing(layer, [schema.ITEM_ID, schema.TITLE]),
        listed_once(layer, [schema.ITEM_ID], name="items are listed once", expected="no item id twice"),
    ]


def _part(name: str, parts: Mapping[str, pl.LazyFrame], items: pl.DataFrame, cut: Cut) -> Layer:
    layer = f"prepared_{name}"
    rated = [column for column in schema.INTERACTION_COLUMNS if not (cut.implicit and column == schema.RATING)]
    table, label = _labelled(layer, parts[name], cut)
    table = table.with_columns(is_known(items))
    rules = [
        has_columns(layer, schema.INTERACTION_COLUMNS),
        *never_missing(layer, rated),
        label,
        flagged(layer, "items are in the item table", KNOWN_ITEM, expected="no row with an item that is not"),
        _pairs(layer, WARNING),
        _in_time_order(layer),
    ]
    if "time apart" in cut.promises:
        rules += _apart_in_time(name, parts, cut)
    if name == "valid" and "users in order" in cut.promises:
        table, more = in_users_order(layer, table, [parts["train"], parts[CONTEXT]])
        rules += more
    if name != "train" and "users apart" in cut.promises:
        table, more = apart(layer, table, [parts["train"]], kind="users")
        rules += more
    if name == "valid" and "items apart" in cut.promises:
        table, more = apart(layer, table, [parts["train"]], kind="items")
        rules += more
    return Layer(layer, table, rules)


def _labelled(layer: str, rows: pl.LazyFrame, cut: Cut) -> tuple[pl.LazyFrame, Rule]:
    """Add the fact whether a row's label is right."""
    liked = pl.col(schema.LIKED)
    if cut.implicit:
        return rows, flagged(layer, "every event is a like", schema.LIKED, expected="1 in every row")
    label = (pl.col(schema.RATING) >= cut.like_threshold).cast(pl.Int64)
    name, expected = "likes are ratings from the threshold on", f"1 where rating >= {cut.like_threshold:g}"
    fits = (label == liked).cast(pl.Int64).alias(LABEL_FITS)
    return rows.with_columns(fits), flagged(layer, name, LABEL_FITS, expected=expected)


def _apart_in_time(name: str, parts: Mapping[str, pl.LazyFrame], cut: Cut) -> list[Rule]:
    layer = f"prepared_{name}"
    spans = {
        "train": Span(None, cut.valid_from),
        "valid": Span(cut.valid_from, cut.test_from),
        CONTEXT: Span(None, cut.test_from),
    }
    if name == "valid" and cut.valid_from is None:
        return [*after(layer, parts["train"]), *within(layer, spans[name])]
    return within(layer, spans[name])


def _targets(name: str, rows: pl.LazyFrame, parts: Mapping[str, pl.LazyFrame], items: pl.DataFrame, cut: Cut) -> Layer:
    layer = f"heldout_{name}"
    earlier = [parts["train"]] if name == "valid" else [parts["train"], parts["valid"]]
    columns = TARGET_COLUMNS if schema.LIKED in rows.collect_schema() else tuple(PAIR)
    table = rows.join(_seen(rows, [*earlier, parts[CONTEXT]]), on=PAIR, how="left", maintain_order="left").with_columns(
        is_known(items), pl.col(IN_PAST).fill_null(0)
    )
    rules = [
        has_columns(layer, columns),
        *never_missing(layer, columns),
        _pairs(layer, CRITICAL),
        flagged(layer, "pairs are new to the past", IN_PAST, expected="no pair of an earlier part", value=0),
        # A cold item without metadata can be scored by nothing but a constant: worth knowing, not worth stopping.
        flagged(
            layer,
            "items are in the item table",
            KNOWN_ITEM,
            expected="no row with an item that is not",
            severity=WARNING,
        ),
    ]
    for kind in _kept_apart(cut):
        table, more = apart(layer, table, earlier, kind=kind)
        rules += more
    return Layer(layer, table, rules)


def _kept_apart(cut: Cut) -> Iterator[str]:
    return (kind for kind in ("users", "items") if f"{kind} apart" in cut.promises)


def _seen(rows: pl.LazyFrame, past: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Return the pairs of ``rows`` that the past holds: few, however long the past is."""
    asked = rows.select(PAIR).unique()
    seen = pl.concat([part.select(PAIR) for part in past]).join(asked, on=PAIR, how="semi").unique()
    return seen.with_columns(pl.lit(1, dtype=pl.Int64).alias(IN_PAST)).collect(engine="streaming").lazy()


def _in_time_order(layer: str) -> Rule:
    return Rule(
        name="rows are in time order",
        layer=layer,
        severity=CRITICAL,
        expected="no row before the one above it",
        expectation="ExpectColumnValuesToBeIncreasing",
        arguments={"column": schema.TIMESTAMP},
        moments=True,
    )


def _pairs(layer: str, severity: Severity) -> Rule:
    return listed_once(layer, PAIR, name="user and item pairs occur once", expected="no pair twice", severity=severity)
