"""Cells, tables and provenance lines of the comparison page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"

Record = Mapping[str, Any]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float | None) -> str:
    """Return four digits, or a dash for what was not measured."""
    return "-" if value is None else f"{value:.4f}"


def trained_weights(report: Record) -> int | None:
    """Return how many weights gradients changed, as the report of a fit says; None where it trains no network."""
    return next((report[name] for name in ("trainable_parameters", "trained_parameters") if name in report), None)


def interval(result: Record) -> str:
    """Return a value with its interval, where there is one."""
    if result["low"] is None or result["high"] is None:
        return number(result["value"])
    return f"{result['value']:.4f} [{result['low']:.4f}, {result['high']:.4f}]"


def provenance(record: Record) -> str:
    """Return where and when a record was made."""
    machine = record["machine"]
    return (
        f"_Commit {str(record['commit'])[:12]}, {record['date'][:10]}, {machine['processor']}, "
        f"{machine['cores']} cores, {machine['precision']}, {record['seconds']:.0f} s, seed {record['seed']}: "
        f"`{record['command']}`_"
    )
