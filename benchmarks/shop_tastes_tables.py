"""The section of the comparison page on the invented shop's true tastes."""

from cells import Record, interval, table

ROW_ORDER = ("rates", "boosted", "ease", "sasrec", "explainrec")


def tastes(record: Record) -> str:
    """Return one row a system and one column a family of attributes."""
    rows = record["result"]["rows"]
    families = list(next(iter(rows.values()))["followed"])
    names = sorted(rows, key=lambda name: (ROW_ORDER.index(name.partition(",")[0]), name))
    body = [[f"`{name}`", *(interval(rows[name]["followed"][family]) for family in families)] for name in names]
    commits = sorted({row["commit"][:12] for row in rows.values()})
    note = (
        "How far a system's scores of unseen items follow each part of a user's true utility: coefficients of a "
        "regression within users, in the units of the system's own scores, so that a row is to be read along itself. "
        "`look` is seen in pictures alone, `price_band` is hidden from metadata readers."
    )
    return f"{table(['system', *families], body)}\n\n{note} Computed at {', '.join(commits)}."
