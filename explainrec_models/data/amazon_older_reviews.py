"""Reviews and ratings of the Amazon editions of 2014 and 2018, whose fields are the same and whose clock shows days."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data.amazon_reviews import (
    MOMENT,
    PARENT,
    RATING,
    USER,
    as_interactions,
    limits,
    usable_identifier,
    usable_rating,
    with_bare_ids,
)
from explainrec_models.data.delimited import Chunk, delimited_chunks
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.json_blocks import Parse, read_blocks
from explainrec_models.data.json_lines import parse_line
from explainrec_models.data.places import Place

REVIEWER, ASIN, OVERALL, SECONDS = "reviewerID", "asin", "overall", "unixReviewTime"
_COLUMNS = pl.Schema({REVIEWER: pl.String(), ASIN: pl.String(), OVERALL: pl.Float64(), SECONDS: pl.Int64()})
_NAMES = {REVIEWER: USER, ASIN: PARENT, OVERALL: RATING, SECONDS: MOMENT}
_EARLIEST, _LATEST = 10**8, 10**11
"""March 1973 and the year 5138 in seconds; a larger number is a count of milliseconds."""
_LIMITS = {OVERALL: limits()[RATING], SECONDS: (_EARLIEST, _LATEST)}
_LIKE_REVIEWER, _LIKE_ASIN = r"^A[0-9A-Z]{9,20}$", r"^(B0[0-9A-Z]{8}|[0-9]{9}[0-9X])$"


def read_reviews(path: Path, counts: Counter[str], *, parse: Parse = parse_line) -> Iterator[pl.DataFrame]:
    """Yield ``RAW_INTERACTION_SCHEMA`` block by block.

    Args:
        path: of a file of one review a line.
        counts: where ids with blanks around them are counted.
        parse: reads a line that is not of JSON.

    Raises:
        DataError: a review has no user, item, rating or moment; the message names the file, the line and the byte.
    """
    for frame in read_blocks(path, _COLUMNS, _review, limits=_LIMITS, parse=parse):
        bare = with_bare_ids(frame.rename(_NAMES), counts)
        if (bare[USER] == "").any() or (bare[PARENT] == "").any():
            # Read again, this time taking each line as one that does not fit, up to the one that cannot be used.
            nothing_fits = {SECONDS: (_LATEST + 1, _LATEST + 1)}
            for _ in read_blocks(path, _COLUMNS, _review, limits=nothing_fits, parse=parse):
                pass
        yield _interactions(bare)


def read_ratings(path: Path, order: Sequence[str], counts: Counter[str]) -> Iterator[pl.DataFrame]:
    """Yield ``RAW_INTERACTION_SCHEMA`` chunk by chunk.

    Args:
        path: of a file of comma-separated ratings without a header.
        order: of its four columns, named as in reviews.
        counts: where ids with blanks around them are counted.

    Raises:
        DataError: a row cannot be used, or users stand where items should; the message names file, line and byte.
    """
    for chunk in delimited_chunks(path, {name: _COLUMNS[name] for name in order}, Dialect(), has_header=False):
        bare = with_bare_ids(chunk.frame.rename(_NAMES), counts)
        _check(bare, chunk, order)
        yield _interactions(bare)


def _interactions(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(MOMENT) * 1000).select(as_interactions())


def _review(entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
    return {
        REVIEWER: usable_identifier(entry, REVIEWER, place),
        ASIN: usable_identifier(entry, ASIN, place),
        OVERALL: usable_rating(entry.get(OVERALL), place),
        SECONDS: _usable_seconds(entry.get(SECONDS), place),
    }


def _check(rows: pl.DataFrame, chunk: Chunk, order: Sequence[str]) -> None:
    """Refuse the first row that cannot be used, and rows whose users and items have changed places."""
    fits = [pl.col(name) != "" for name in (USER, PARENT)]
    fits += [pl.col(_NAMES[name]).is_between(low, high) for name, (low, high) in _LIMITS.items()]
    for row in rows.with_row_index("row").filter(~pl.all_horizontal(fits)).head(1).iter_rows(named=True):
        place = chunk.place(row["row"])
        usable_identifier(row, USER, place)
        usable_identifier(row, PARENT, place)
        usable_rating(row[RATING], place)
        _usable_seconds(row[MOMENT], place)
    # The two editions have them the other way round, and both are text.
    changed = pl.col(USER).str.contains(_LIKE_ASIN) & pl.col(PARENT).str.contains(_LIKE_REVIEWER)
    if 2 * int(rows.select(changed.sum()).item()) > rows.height:
        found = (
            f"rows with an item as {REVIEWER} and a user as {ASIN}, such as {rows[USER][0]!r} and {rows[PARENT][0]!r}"
        )
        expected = f"{', '.join(order)} in this order; the other edition of the ratings has another"
        chunk.place(0).refuse(found, expected)


def _usable_seconds(value: Any, place: Place) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Infinity and NaN have no whole part.
    if not is_number or not abs(value) <= 2**53 or value != int(value):
        place.refuse(f"{SECONDS} {value!r}", "a whole number of seconds since 1970")
    if value > _LATEST:
        place.refuse(f"{SECONDS} {value!r}, which is after the year 5000", "seconds since 1970, not milliseconds")
    if value < _EARLIEST:
        place.refuse(f"{SECONDS} {value!r}, which is before March 1973", "seconds since 1970")
    return int(value)
