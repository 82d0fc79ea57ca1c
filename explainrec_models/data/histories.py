"""What a user did before a moment: the only view of the past that systems get."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from explainrec_models.data import schema


@dataclass(frozen=True)
class History:
    """One user's rows before a cut, oldest first; the three tuples have equal length."""

    user_id: str
    item_ids: tuple[str, ...] = ()
    liked: tuple[bool, ...] = ()
    timestamps: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.item_ids)

    def last(self, length: int) -> "History":
        """Return the most recent ``length`` rows."""
        start = max(0, len(self) - length)
        return History(self.user_id, self.item_ids[start:], self.liked[start:], self.timestamps[start:])

    def without(self, item_ids: Iterable[str]) -> "History":
        """Return the history with every row of these items deleted."""
        return self.only(set(self.item_ids) - set(item_ids))

    def only(self, item_ids: Iterable[str]) -> "History":
        """Return the history with nothing but the rows of these items."""
        wanted = set(item_ids)
        kept = [position for position, item_id in enumerate(self.item_ids) if item_id in wanted]
        return History(
            self.user_id,
            tuple(self.item_ids[position] for position in kept),
            tuple(self.liked[position] for position in kept),
            tuple(self.timestamps[position] for position in kept),
        )

    def liked_items(self) -> tuple[str, ...]:
        """Return the liked items, oldest first."""
        return tuple(item_id for item_id, liked in zip(self.item_ids, self.liked, strict=True) if liked)


def histories_of(rows: pl.DataFrame) -> dict[str, History]:
    """Group interaction rows into one history a user.

    Rows of equal timestamp keep the order they have in ``rows``.
    """
    ordered = rows.sort(schema.TIMESTAMP, maintain_order=True)
    grouped = ordered.group_by(schema.USER_ID, maintain_order=True).agg(
        schema.ITEM_ID, pl.col(schema.LIKED).cast(pl.Boolean), schema.TIMESTAMP
    )
    return {
        user: History(user, tuple(items), tuple(liked), tuple(times))
        for user, items, liked, times in grouped.iter_rows()
    }
