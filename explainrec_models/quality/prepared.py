"""Suites of the prepared and held-out tables: nothing from after a cut, labels that follow the ratings, known items."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.outputs import require
from explainrec_models.data.splits import milliseconds
from explainrec_models.quality.frames import KNOWN_ITEM, is_known, to_pandas
from explainrec_models.quality.rules import CRITICAL, WARNING, Rule, Severity, has_columns, never_missing
from explainrec_models.quality.run import Layer, run_suites
from explainrec_models.quality.verdict import Verdict

LABEL_FITS = "label_fits"
IN_PAST = "in_past"
PAIR = [schema.USER_ID, schema.ITEM_ID]
TARGET_COLUMNS = (*PAIR, schema.LIKED)


@dataclass(frozen=True)
class Span:
    """Days that a table may hold: from ``start`` (or ever) to before ``end``."""

    start: str | None
    end: str

    def words(self) -> str:
        """Return the span in words."""
        return f"from {self.start} to before {self.end}" if self.start else f"before {self.end}"


def validate_prepared(
    prepared: Path,
    heldout: Path,
    *,
    dataset: str,
    like_threshold: float,
    valid_from: str,
    test_from: str,
    docs: Path | None = None,
) -> Verdict:
    """Check what ``prepare`` wrote: a condition on its output, to be asked right after it has run.

    The stage ``validate`` cannot ask it: it runs before ``prepare``, on raw rows.

    Args:
        prepared: folder of the tables that systems may see; ``histories.parquet`` is checked where it is there.
        heldout: folder of the rows to score.
        dataset: its key.
        like_threshold: ratings from here on are likes.
        valid_from: first validation day.
        test_from: first test day.
        docs: folder for the Data Docs; none are written without it.

    Raises:
        MissingArtefactError: a table is not there.
    """
    items, train, valid = (_read(prepared / f"{name}.parquet") for name in ("items", "train", "valid"))
    spans = {"train": Span(None, valid_from), "valid": Span(valid_from, test_from)}
    rows = {"train": train, "valid": valid}
    if (prepared / "histories.parquet").exists():
        spans["histories"] = Span(None, test_from)
        rows["histories"] = _read(prepared / "histories.parquet")
    layers = [Layer("prepared_items", to_pandas(items), _items("prepared_items"))]
    layers += [
        _interactions(f"prepared_{name}", rows[name], items, span, like_threshold) for name, span in spans.items()
    ]
    known = pl.concat([train.select(PAIR), valid.select(PAIR)])
    for name, past in (("valid", train), ("test", known), ("liked_test", known)):
        layers.append(_targets(f"heldout_{name}", _read(heldout / f"{name}.parquet"), items, past))
    return run_suites(layers, dataset=dataset, docs=docs)


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(require(path, made_by="prepare"))


def _items(layer: str) -> list[Rule]:
    return [
        has_columns(layer, schema.ITEM_COLUMNS),
        *never_missing(layer, [schema.ITEM_ID, schema.TITLE]),
        Rule(
            name="items are listed once",
            layer=layer,
            severity=CRITICAL,
            expected="no item id twice",
            expectation="ExpectColumnValuesToBeUnique",
            arguments={"column": schema.ITEM_ID},
        ),
    ]


def _interactions(layer: str, rows: pl.DataFrame, items: pl.DataFrame, span: Span, like_threshold: float) -> Layer:
    label = (pl.col(schema.RATING) >= like_threshold).cast(pl.Int64)
    frame = rows.with_columns(is_known(items), (label == pl.col(schema.LIKED)).cast(pl.Int64).alias(LABEL_FITS))
    rules = [
        has_columns(layer, schema.INTERACTION_COLUMNS),
        *never_missing(layer, schema.INTERACTION_COLUMNS),
        _within(layer, span),
        _flag(layer, "likes are ratings from the threshold on", LABEL_FITS, 1, f"1 where rating >= {like_threshold:g}"),
        _flag(layer, "items are in the item table", KNOWN_ITEM, 1, "no row with an item that is not"),
        _pairs(layer, WARNING),
    ]
    if layer != "prepared_histories":
        rules.append(_in_time_order(layer))
    return Layer(layer, to_pandas(frame), rules)


def _targets(layer: str, rows: pl.DataFrame, items: pl.DataFrame, past: pl.DataFrame) -> Layer:
    seen = past.select(PAIR).unique().with_columns(pl.lit(1, dtype=pl.Int64).alias(IN_PAST))
    frame = rows.join(seen, on=PAIR, how="left", maintain_order="left").with_columns(
        is_known(items), pl.col(IN_PAST).fill_null(0)
    )
    columns = TARGET_COLUMNS if schema.LIKED in rows.columns else tuple(PAIR)
    rules = [
        has_columns(layer, columns),
        *never_missing(layer, columns),
        _pairs(layer, CRITICAL),
        _flag(layer, "pairs are new to the past", IN_PAST, 0, "no pair of an earlier part"),
        # A cold item without metadata can be scored by nothing but a constant: worth knowing, not worth stopping.
        _flag(layer, "items are in the item table", KNOWN_ITEM, 1, "no row with an item that is not", WARNING),
    ]
    return Layer(layer, to_pandas(frame), rules)


def _within(layer: str, span: Span) -> Rule:
    start = {"min_value": milliseconds(span.start)} if span.start else {}
    return Rule(
        name="rows lie between their cuts",
        layer=layer,
        severity=CRITICAL,
        expected=span.words(),
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": schema.TIMESTAMP, "max_value": milliseconds(span.end), "strict_max": True, **start},
        moments=True,
    )


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
    return Rule(
        name="user and item pairs occur once",
        layer=layer,
        severity=severity,
        expected="no pair twice",
        expectation="ExpectCompoundColumnsToBeUnique",
        arguments={"column_list": PAIR},
    )


def _flag(layer: str, name: str, column: str, right: int, expected: str, severity: Severity = CRITICAL) -> Rule:
    return Rule(
        name=name,
        layer=layer,
        severity=severity,
        expected=expected,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": [right]},
    )
