"""What the recipe of a split promises of its parts, as rules and as the facts they are about.

``time apart``: every row of a later part comes after every row of an earlier one. ``users in order``: the same within
each user. ``users apart``, ``items apart``: no user, or item, of a held-out part has a row in an earlier one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.days import milliseconds
from explainrec_models.quality.frames import is_among
from explainrec_models.quality.rules import CRITICAL, Rule, flagged

OLD_USER = "user_of_earlier_part"
OLD_ITEM = "item_of_earlier_part"
LAST_MOMENT = "users_last_moment"
AFTER_OWN_PAST = "after_own_past"


@dataclass(frozen=True)
class Span:
    """Days that a table may hold: from ``start`` (or ever) to before ``end`` (or for ever)."""

    start: str | None
    end: str | None

    def words(self) -> str:
        """Return the span in words.

        >>> Span(None, "2022-03-01").words(), Span("2022-03-01", None).words()
        ('before 2022-03-01', 'from 2022-03-01 on')
        """
        if self.start and self.end:
            return f"from {self.start} to before {self.end}"
        return f"from {self.start} on" if self.start else f"before {self.end}"


def within(layer: str, span: Span) -> list[Rule]:
    """Expect rows between two days; nothing where neither is given."""
    if not (span.start or span.end):
        return []
    bounds: dict[str, object] = {"min_value": milliseconds(span.start)} if span.start else {}
    if span.end:
        bounds |= {"max_value": milliseconds(span.end), "strict_max": True}
    return [
        Rule(
            name="rows lie between their cuts",
            layer=layer,
            severity=CRITICAL,
            expected=span.words(),
            expectation="ExpectColumnValuesToBeBetween",
            arguments={"column": schema.TIMESTAMP, **bounds},
            moments=True,
        )
    ]


def after(layer: str, earlier: pl.LazyFrame) -> list[Rule]:
    """Expect rows after the last of ``earlier``: parts that are apart in time, wherever the cut is."""
    last = earlier.select(pl.col(schema.TIMESTAMP).max()).collect(engine="streaming").item()
    if last is None:
        return []
    return [
        Rule(
            name="rows come after the part before",
            layer=layer,
            severity=CRITICAL,
            expected=f"after its last row, {last}",
            expectation="ExpectColumnValuesToBeBetween",
            arguments={"column": schema.TIMESTAMP, "min_value": last, "strict_min": True},
            moments=True,
        )
    ]


def in_users_order(layer: str, rows: pl.LazyFrame, earlier: Sequence[pl.LazyFrame]) -> tuple[pl.LazyFrame, list[Rule]]:
    """Expect each row at or after its user's last row of ``earlier``; equal moments keep the order of the file."""
    moment = pl.col(schema.TIMESTAMP)
    past = pl.concat([part.select(schema.USER_ID, schema.TIMESTAMP) for part in earlier])
    last = past.group_by(schema.USER_ID).agg(moment.max().alias(LAST_MOMENT))
    facts = (
        rows.join(last, on=schema.USER_ID, how="left", maintain_order="left")
        .with_columns((moment >= pl.col(LAST_MOMENT)).cast(pl.Int64).alias(AFTER_OWN_PAST))
        .drop(LAST_MOMENT)
    )
    rule = flagged(
        layer, "rows come after the user's earlier parts", AFTER_OWN_PAST, expected="no row before the user's last one"
    )
    return facts, [rule]


def apart(
    layer: str, rows: pl.LazyFrame, earlier: Sequence[pl.LazyFrame], *, kind: str
) -> tuple[pl.LazyFrame, list[Rule]]:
    """Expect no user, or no item, of ``earlier``.

    Args:
        layer: of the rows.
        rows: of a held-out part.
        earlier: the parts before it.
        kind: ``users`` or ``items``.
    """
    column, fact = (schema.USER_ID, OLD_USER) if kind == "users" else (schema.ITEM_ID, OLD_ITEM)
    known = pl.concat([part.select(pl.col(column).unique()) for part in earlier]).collect(engine="streaming")
    rule = flagged(
        layer, f"{kind} are apart from earlier parts", fact, expected=f"none of the {kind} of an earlier part", value=0
    )
    return rows.with_columns(is_among(column, known[column]).alias(fact)), [rule]
