"""The section of the comparison page on how tasks are balanced."""

from collections.abc import Mapping
from typing import Any

from cells import Record, number, table

ROW_ORDER = ("uncertainty", "PCGrad", "added up", "no attribution task")


def balances(record: Record) -> str:
    """Return one row a way and seed."""
    rows = record["result"]["rows"]
    body = [cells(name, seed, one) for name in ROW_ORDER for seed, one in sorted(rows.get(name, {}).items())]
    commits = sorted({one["commit"][:12] for by_seed in rows.values() for one in by_seed.values()})
    heads = ["tasks", "seed", "validation UAUC by epoch", "head against leave-one-out", "weight kept", "fit, s"]
    note = (
        "sample-shop. Validation UAUC while the language model is heard as tuning leaves it; the rank correlation of "
        "the second head with leave-one-out before the second epoch; and the weight that validation rows then give to "
        "the language model's part."
    )
    return f"{table(heads, body)}\n\n{note} Computed at {', '.join(commits)}."


def cells(name: str, seed: str, row: Mapping[str, Any]) -> list[str]:
    """Return a row of the table, a dash for what a way does not have."""
    scores, agreements = (
        ", ".join(number(value) for value in row.get(fact, ())) or "-"
        for fact in ("valid_uauc_scores", "attribution_agreement")
    )
    return [name, seed, scores, agreements, number(row["gap_weight"]), f"{row['seconds']:.0f}"]
