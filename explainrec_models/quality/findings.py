"""What counting found, and how Great Expectations is asked about it: by a table of one row, a column for each rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from explainrec_models.quality.rules import Rule

_BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")


@dataclass(frozen=True)
class Count:
    """Rows that do not fit.

    Attributes:
        rows: of the table.
        judged: rows that have a value to judge.
        unexpected: judged rows that do not fit.
        examples: the first values of such rows.
    """

    rows: int
    judged: int
    unexpected: int
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One value about a whole table, with its words where it does not speak for itself."""

    value: Any
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unchecked:
    """Why a rule could not be checked."""

    reason: str


Finding = Count | Fact | Unchecked


def judged_table(findings: Mapping[str, Finding]) -> pd.DataFrame:
    """Return the row that Great Expectations judges: what fits as a share, facts as they are, nothing where unknown."""
    return pd.DataFrame({name: [_judged_value(finding)] for name, finding in findings.items()})


def judging(rule: Rule, finding: Finding) -> tuple[str, dict[str, Any]]:
    """Return the expectation (class name, arguments) that judges what a rule found by the rule's own limits."""
    column = {"column": rule.name}
    if _judged_value(finding) is None:
        return "ExpectColumnValuesToNotBeNull", column
    if isinstance(finding, Count):
        return "ExpectColumnValuesToBeBetween", column | {"min_value": rule.arguments.get("mostly", 1.0)}
    if "type_" in rule.arguments:
        return "ExpectColumnValuesToBeInSet", column | {"value_set": [rule.arguments["type_"]]}
    if "column_set" in rule.arguments:
        return "ExpectColumnValuesToBeBetween", column | {"max_value": 0}
    bounds = {name: rule.arguments[name] for name in _BOUNDS if name in rule.arguments}
    return "ExpectColumnValuesToBeBetween", column | bounds


def as_result(finding: Finding) -> dict[str, Any]:
    """Return a finding in the words of Great Expectations' results, as its pages show them."""
    if isinstance(finding, Count):
        percent = finding.unexpected / finding.judged * 100 if finding.judged else None
        return {
            "element_count": finding.rows,
            "unexpected_count": finding.unexpected,
            "unexpected_percent": percent,
            "partial_unexpected_list": list(finding.examples),
        }
    if isinstance(finding, Fact):
        return {"observed_value": list(finding.words) or finding.value}
    return {"observed_value": finding.reason}


def _judged_value(finding: Finding) -> Any:
    if isinstance(finding, Count):
        # In floating point as Great Expectations divides, so that both ways agree at the limit itself.
        return (float(finding.judged) - float(finding.unexpected)) / float(finding.judged) if finding.judged else 1.0
    return finding.value if isinstance(finding, Fact) else None
