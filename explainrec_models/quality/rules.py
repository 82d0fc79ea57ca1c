"""One expectation as data: its plain-English name, its severity and the Great Expectations class behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning"]

CRITICAL: Severity = "critical"
"""A failure stops the pipeline."""
WARNING: Severity = "warning"
"""A failure is shown and nothing else."""
NUMBERS = "numbers, neither missing nor infinite"
RULE = "rule"
"""Where an expectation carries the name of its rule."""


@dataclass(frozen=True)
class Rule:
    """An expectation about one table.

    Attributes:
        name: in plain English, equal for every dataset, unique within its layer.
        layer: the table it is about.
        expected: what would be right, in words, with the dataset's limits.
        expectation: class name in ``great_expectations.expectations``.
        arguments: of that class.
        moments: whether the values are timestamps, to be shown as dates.
    """

    name: str
    layer: str
    severity: Severity
    expected: str
    expectation: str
    arguments: Mapping[str, Any]
    moments: bool = False


def has_columns(layer: str, columns: Sequence[str]) -> Rule:
    """Expect columns by name; others may stand beside them."""
    return Rule(
        name="the expected columns are there",
        layer=layer,
        severity=CRITICAL,
        expected=", ".join(columns),
        expectation="ExpectTableColumnsToMatchSet",
        arguments={"column_set": list(columns), "exact_match": False},
    )


def has_types(layer: str, types: Mapping[str, str]) -> list[Rule]:
    """Expect each column's type: ``string``, ``Int64``, ``Float64`` or ``object`` (a list)."""
    words = {"string": "text", "Int64": "whole numbers", "Float64": "numbers", "object": "lists"}
    return [
        Rule(
            name=f"column {column} has the expected type",
            layer=layer,
            severity=CRITICAL,
            expected=f"{words[dtype]} ({dtype})",
            expectation="ExpectColumnTypeToBe",
            arguments={"column": column, "type_": dtype},
        )
        for column, dtype in types.items()
    ]


def never_missing(layer: str, columns: Iterable[str]) -> list[Rule]:
    """Expect a value in every row."""
    return [
        Rule(
            name=f"column {column} has no missing value",
            layer=layer,
            severity=CRITICAL,
            expected="a value in every row",
            expectation="ExpectColumnValuesToNotBeNull",
            arguments={"column": column},
        )
        for column in columns
    ]


def at_most(share: float) -> str:
    """Say a tolerated share in words.

    >>> at_most(0.05), at_most(0)
    ('at most 5% of rows', 'no row')
    """
    return f"at most {share * 100:g}% of rows" if share else "no row"


def flagged(
    layer: str,
    name: str,
    column: str,
    *,
    expected: str,
    value: int = 1,
    severity: Severity = CRITICAL,
    share: float = 0,
) -> Rule:
    """Expect a column of zeros and ones to hold ``value``; rows where it is missing are not judged.

    Args:
        layer: the table it is about.
        name: of the rule.
        column: a fact of each row.
        expected: in words.
        value: what is right.
        severity: of a failure.
        share: of the judged rows that may differ.
    """
    return Rule(
        name=name,
        layer=layer,
        severity=severity,
        expected=expected,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": [value], **_mostly(share)},
    )


def _mostly(share: float) -> dict[str, float]:
    return {"mostly": 1 - share} if share else {}


def listed_once(
    layer: str, columns: Sequence[str], *, name: str, expected: str, severity: Severity = CRITICAL, share: float = 0
) -> Rule:
    """Expect no two rows with equal values in ``columns``, but for a tolerated share of the rows."""
    one = len(columns) == 1
    wanted = {"column": columns[0]} if one else {"column_list": list(columns)}
    return Rule(
        name=name,
        layer=layer,
        severity=severity,
        expected=expected,
        expectation="ExpectColumnValuesToBeUnique" if one else "ExpectCompoundColumnsToBeUnique",
        arguments={**wanted, **_mostly(share)},
    )
