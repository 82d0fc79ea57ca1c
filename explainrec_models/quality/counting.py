"""Rules as counts: every rule of a table that is too large to be read row by row, in one pass with bounded memory.

Each expectation means here what it means to Great Expectations on pandas: missing values are not judged, except by the
expectation about missing values, and not-a-number is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from explainrec_models.quality.findings import Count, Fact, Finding, Unchecked
from explainrec_models.quality.frames import kind_of
from explainrec_models.quality.repetition import repeated
from explainrec_models.quality.rules import Rule

SAMPLE = 20
"""Unexpected values that are looked at for examples, as Great Expectations does."""

Arguments = Mapping[str, Any]
Broken = Callable[[pl.Expr, Arguments], pl.Expr]


def _outside(value: pl.Expr, arguments: Arguments) -> pl.Expr:
    broken = pl.lit(value=False)
    if (low := arguments.get("min_value")) is not None:
        broken |= (value <= low) if arguments.get("strict_min") else (value < low)
    if (high := arguments.get("max_value")) is not None:
        broken |= (value >= high) if arguments.get("strict_max") else (value > high)
    return broken


def _not_in_set(value: pl.Expr, arguments: Arguments) -> pl.Expr:
    return ~value.is_in(arguments["value_set"])


def _matches(value: pl.Expr, arguments: Arguments) -> pl.Expr:
    return value.cast(pl.String).str.contains(arguments["regex"])


def _falls(value: pl.Expr, arguments: Arguments) -> pl.Expr:
    difference = value.diff()
    return difference <= 0 if arguments.get("strictly") else difference < 0


ROW_WISE: Mapping[str, Broken] = {
    "ExpectColumnValuesToBeBetween": _outside,
    "ExpectColumnValuesToBeInSet": _not_in_set,
    "ExpectColumnValuesToNotMatchRegex": _matches,
    "ExpectColumnValuesToBeIncreasing": _falls,
}
WHOLE: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "ExpectColumnMeanToBeBetween": lambda value: value.mean(),
    "ExpectColumnSumToBeBetween": lambda value: value.sum(),
    "ExpectColumnUniqueValueCountToBeBetween": lambda value: value.drop_nulls().n_unique(),
}
REPETITION = ("ExpectColumnValuesToBeUnique", "ExpectCompoundColumnsToBeUnique")
_ARITHMETIC = (
    "ExpectColumnValuesToBeBetween",
    "ExpectColumnValuesToBeIncreasing",
    "ExpectColumnMeanToBeBetween",
    "ExpectColumnSumToBeBetween",
)
_PLAIN = (*REPETITION, "ExpectColumnValuesToNotMatchRegex")
_ROWS = "rows"


def count(table: pl.LazyFrame, rules: Sequence[Rule]) -> dict[str, Finding]:
    """Return what each rule finds, by the rule's name."""
    columns = table.collect_schema()
    open_rules = [rule for rule in rules if _obstacle(rule, columns) is None]
    totals = {_ROWS: pl.len()}
    for rule in open_rules:
        totals |= _totals(rule, columns)
    found = table.select(**totals).collect(engine="streaming").row(0, named=True)
    findings: dict[str, Finding] = {}
    for rule in rules:
        reason = _obstacle(rule, columns)
        findings[rule.name] = _finding(rule, table, columns, found) if reason is None else Unchecked(reason)
    return findings


def _obstacle(rule: Rule, columns: pl.Schema) -> str | None:
    """Say why a rule cannot be checked on columns like these; None if it can."""
    wanted = [rule.arguments["column"]] if "column" in rule.arguments else rule.arguments.get("column_list", [])
    for column in wanted:
        if column not in columns:
            return f'Error: The column "{column}" in BatchData does not exist.'
        dtype = columns[column]
        if rule.expectation in _ARITHMETIC and not (dtype.is_numeric() or dtype == pl.Boolean):
            return f'the column "{column}" holds {dtype}, not numbers.'
        if rule.expectation in _PLAIN and dtype.is_nested():
            return f'the column "{column}" holds {dtype}, not plain values.'
    return None


def _totals(rule: Rule, columns: pl.Schema) -> dict[str, pl.Expr]:
    """Return the expressions that the one pass computes for a rule."""
    if rule.expectation in ROW_WISE:
        values = _known(rule, columns).drop_nulls()
        broken = ROW_WISE[rule.expectation](values, rule.arguments)
        return {f"{rule.name}/judged": values.len(), f"{rule.name}/unexpected": broken.sum()}
    if rule.expectation == "ExpectColumnValuesToNotBeNull":
        return {f"{rule.name}/unexpected": _known(rule, columns).null_count()}
    if rule.expectation in WHOLE:
        return {f"{rule.name}/value": WHOLE[rule.expectation](_known(rule, columns))}
    return {}


def _finding(rule: Rule, table: pl.LazyFrame, columns: pl.Schema, found: Mapping[str, Any]) -> Finding:
    name, rows = rule.name, int(found[_ROWS])
    if rule.expectation in ROW_WISE:
        unexpected = int(found[f"{name}/unexpected"] or 0)
        examples = _examples(rule, table, columns) if unexpected else ()
        return Count(rows, int(found[f"{name}/judged"]), unexpected, examples)
    if rule.expectation == "ExpectColumnValuesToNotBeNull":
        return Count(rows, rows, int(found[f"{name}/unexpected"]))
    if rule.expectation in WHOLE:
        return Fact(found[f"{name}/value"])
    if rule.expectation in REPETITION:
        wanted = rule.arguments.get("column_list") or [rule.arguments["column"]]
        return repeated(table, wanted, sample=SAMPLE)
    return _structure(rule, columns, rows)


def _structure(rule: Rule, columns: pl.Schema, rows: int) -> Finding:
    if rule.expectation == "ExpectTableRowCountToBeBetween":
        return Fact(rows)
    if rule.expectation == "ExpectColumnTypeToBe":
        return Fact(kind_of(columns[rule.arguments["column"]]))
    assert rule.expectation == "ExpectTableColumnsToMatchSet", f"{rule.expectation} cannot be counted"
    return Fact(len(set(rule.arguments["column_set"]) - set(columns)), words=tuple(sorted(columns)))


def _examples(rule: Rule, table: pl.LazyFrame, columns: pl.Schema) -> tuple[Any, ...]:
    """Return the first unexpected values: a second pass, which ends early and only failing rules need."""
    column = rule.arguments["column"]
    values = table.select(_known(rule, columns).drop_nulls())
    broken = values.filter(ROW_WISE[rule.expectation](pl.col(column), rule.arguments)).head(SAMPLE)
    return tuple(broken.collect(engine="streaming").to_series().to_list())


def _known(rule: Rule, columns: pl.Schema) -> pl.Expr:
    """Return a rule's column with not-a-number as missing."""
    column = pl.col(rule.arguments["column"])
    return column.fill_nan(None) if columns[rule.arguments["column"]].is_float() else column
