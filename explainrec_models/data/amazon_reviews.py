"""What makes a row of Amazon Reviews 2023 usable: two ids, a rating and a moment in milliseconds."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeGuard

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.places import Place

LICENCE = """\
Amazon Reviews 2023, collected by the McAuley Lab at UC San Diego, states no licence; files that only share its layout
have their own. Publications that use it cite: Yupeng Hou et al. 2024. Bridging Language and Items for Retrieval and
Recommendation. arXiv 2403.03952.
"""
USER, PARENT, RATING, MOMENT = "user_id", "parent_asin", "rating", "timestamp"
BLANKS = " \t\n\r\x0b\x0c"
"""What is taken off both ends of an id; the same in reviews and metadata, or items would not be found."""
IDS_WITH_BLANKS = "ids_with_blanks"
_EARLIEST_MILLISECONDS = 10**11
"""March 1973; a smaller number is a count of seconds."""
_LATEST_MILLISECONDS = 10**14
"""The year 5138; a larger number is a count of microseconds."""
_LARGEST_NUMBER = 2**53
"""Beyond this, and beyond infinity, a number is no rating and no moment."""


def limits(moment: str = MOMENT) -> dict[str, tuple[float, float]]:
    """Return lowest and highest of what ``usable_rating`` and ``usable_moment`` take, for readers of many rows at once.

    Args:
        moment: name of the column.
    """
    return {RATING: (-_LARGEST_NUMBER, _LARGEST_NUMBER), moment: (_EARLIEST_MILLISECONDS, _LATEST_MILLISECONDS)}


def with_bare_ids(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Take the blanks off both ends of ids, and count the rows that had some."""
    bare = rows.with_columns(pl.col(USER, PARENT).str.strip_chars(BLANKS))
    counts[IDS_WITH_BLANKS] += int(((bare[USER] != rows[USER]) | (bare[PARENT] != rows[PARENT])).sum())
    return bare


def as_interactions(moment: str = MOMENT) -> tuple[pl.Expr, ...]:
    """Return the columns of ``RAW_INTERACTION_SCHEMA``.

    Args:
        moment: name of the column.
    """
    return (
        pl.col(USER).cast(pl.Categorical()).alias(schema.USER_ID),
        pl.col(PARENT).cast(pl.Categorical()).alias(schema.ITEM_ID),
        pl.col(RATING).cast(pl.Float32).alias(schema.RATING),
        pl.col(moment).cast(pl.Int64).alias(schema.TIMESTAMP),
    )


def usable_identifier(entry: Mapping[str, Any], name: str, place: Place) -> str:
    """Return an id as it stands.

    Raises:
        DataError: it is no text, or nothing but blanks.
    """
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip(BLANKS):
        place.refuse(f"{name} {value!r}", f"a text under {name!r}")
    return value


def usable_rating(value: Any, place: Place) -> float:
    """Return a rating as a number.

    Raises:
        DataError: it is none.
    """
    if not _is_number(value):
        place.refuse(f"rating {value!r}", "a number")
    return float(value)


def usable_moment(value: Any, place: Place) -> int:
    """Return a moment in milliseconds.

    Raises:
        DataError: it is no whole number, or not of milliseconds.
    """
    if not _is_number(value) or value != int(value):
        place.refuse(f"timestamp {value!r}", "a whole number of milliseconds since 1970")
    if value < _EARLIEST_MILLISECONDS:
        place.refuse(f"timestamp {value!r}, which is before March 1973", "milliseconds since 1970, not seconds")
    if value > _LATEST_MILLISECONDS:
        place.refuse(f"timestamp {value!r}, which is after the year 5000", "milliseconds since 1970, not microseconds")
    return int(value)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_NUMBER
