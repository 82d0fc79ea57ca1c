"""What a user did before a moment: the only view of the past that systems get."""

from collections.abc import Iterable, Iterator, Mapping
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


class Histories(Mapping[str, History]):
    """One history a user, made when it is asked for: of millions of rows only those of the users in question.

    Rows of equal timestamp keep the order they have in the table. The order of the users means nothing.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        user = pl.col(schema.USER_ID).cast(pl.Categorical)
        ordered = (
            rows.lazy()
            .select(user, schema.ITEM_ID, pl.col(schema.LIKED).cast(pl.Boolean), schema.TIMESTAMP)
            .sort(pl.col(schema.USER_ID).to_physical(), schema.TIMESTAMP, maintain_order=True)
            .collect()
        )
        runs = ordered[schema.USER_ID].to_physical().rle().struct.unnest()
        stops = runs["len"].cum_sum()
        starts = stops - runs["len"]
        names = ordered[schema.USER_ID].gather(starts).cast(pl.String)
        self._rows = ordered.drop(schema.USER_ID)
        self._places = dict(zip(names, zip(starts, stops, strict=True), strict=True))

    def __getitem__(self, user_id: str) -> History:
        """Return a user's rows, oldest first."""
        start, stop = self._places[user_id]
        mine = self._rows[start:stop]
        return History(user_id, *(tuple(mine[name]) for name in (schema.ITEM_ID, schema.LIKED, schema.TIMESTAMP)))

    def __iter__(self) -> Iterator[str]:
        """Yield the users."""
        return iter(self._places)

    def __len__(self) -> int:
        """Count the users."""
        return len(self._places)

    def __contains__(self, user_id: object) -> bool:
        """Return whether a user has rows, without making the history."""
        return user_id in self._places
