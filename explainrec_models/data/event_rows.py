"""Turning pieces of a table of events into ``RAW_INTERACTION_SCHEMA``, whatever wrote them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.identifiers import identifiers_of
from explainrec_models.data.moments import WITHOUT_TIME, Moments
from explainrec_models.data.numbers import numbers_of
from explainrec_models.data.pieces import Piece
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.data.repeats import earliest
from explainrec_models.errors import DataError

_REASONS = {
    schema.USER_ID: "rows_without_user_id",
    schema.ITEM_ID: "rows_without_item_id",
    schema.RATING: "rows_without_rating",
    schema.TIMESTAMP: WITHOUT_TIME,
}
REPEATED = "repeated_pairs"


class EventRows:
    """Rows of one table, or of its parts one after the other."""

    def __init__(self, path: Path, counts: Counter[str]) -> None:
        """Begin a table.

        Args:
            path: for messages.
            counts: where rows that are left out or repaired are counted by reason.
        """
        self._path, self._counts = path, counts
        self._moments = Moments(counts)
        self._read = 0
        self._frames = [pl.DataFrame(schema=RAW_INTERACTION_SCHEMA)]

    def add(self, pieces: Iterable[Piece], *, part: str | None = None) -> None:
        """Read pieces whose columns have the project's names.

        Without ``rating`` each row is an event of 1.0; without ``timestamp`` the position in the file stands for time,
        in milliseconds from 1 on.

        Args:
            pieces: in file order.
            part: of the published split, which then stands in ``schema.SPLIT``.

        Raises:
            DataError: a value is not what its column holds.
        """
        for frame in self._rows(pieces):
            self._frames.append(frame if part is None else frame.with_columns(pl.lit(part).alias(schema.SPLIT)))

    def interactions(self) -> pl.DataFrame:
        """Return the rows in file order, of several of one user and item the earliest.

        Raises:
            DataError: there is none.
        """
        rows = pl.concat(self._frames, how="diagonal")
        self._frames.clear()
        timed = self._moments.without_placeholders(rows, schema.TIMESTAMP)
        if timed.is_empty():
            left_out = ", ".join(f"{name} {count:,}" for name, count in sorted(self._counts.items()) if count)
            message = (
                f"{self._path} has no usable row; left out: {left_out or 'nothing, it holds no row at all'}. Check "
                "which columns are meant."
            )
            raise DataError(message)
        kept = earliest(timed)
        self._counts[REPEATED] += timed.height - kept.height
        return kept

    def _rows(self, pieces: Iterable[Piece]) -> Iterator[pl.DataFrame]:
        for piece in pieces:
            height = piece.frame.height
            columns = {name: identifiers_of(piece, name, self._counts) for name in (schema.USER_ID, schema.ITEM_ID)}
            columns[schema.RATING] = (
                numbers_of(piece, schema.RATING)
                if schema.RATING in piece.frame.columns
                else pl.repeat(1.0, height, eager=True)
            )
            columns[schema.TIMESTAMP] = (
                self._moments.milliseconds(piece, schema.TIMESTAMP)
                if schema.TIMESTAMP in piece.frame.columns
                else pl.int_range(self._read + 1, self._read + height + 1, eager=True)
            )
            self._read += height
            yield self._complete(pl.DataFrame(columns)).cast(RAW_INTERACTION_SCHEMA)

    def _complete(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Leave out rows that lack a value, each counted once, by the first that it lacks."""
        for name, reason in _REASONS.items():
            complete = rows.filter(pl.col(name).is_not_null())
            self._counts[reason] += rows.height - complete.height
            rows = complete
        return rows
