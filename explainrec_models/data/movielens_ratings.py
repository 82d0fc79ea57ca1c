"""Reading the ratings of any MovieLens edition."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.delimited import Chunk, delimited_chunks
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.movielens_files import Form, form_of
from explainrec_models.data.movielens_ids import categories_of
from explainrec_models.data.places import Place
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.data.repeats import earliest

_COLUMNS = {"userId": pl.Int64, "movieId": pl.Int64, "rating": pl.Float32, "timestamp": pl.Int64}
_DIALECTS = {Form.CSV: Dialect(), Form.DAT: Dialect("::", None), Form.TABS: Dialect("\t", None)}
_LOWEST, _HIGHEST, _STEPS = 0.5, 5.0, 2
_FIRST_MILLISECONDS = 10**11
"""As seconds the year 5138, as milliseconds 1973."""
_LAST_MILLISECONDS = 10**13
"""The year 2286; larger numbers count something smaller than milliseconds."""


def read_ratings(path: Path) -> tuple[pl.DataFrame, Counter[str]]:
    """Return ``RAW_INTERACTION_SCHEMA`` in file order and what was left out or repaired.

    Raises:
        DataError: a row is malformed or its rating is off the scale; or there is no rating with a time.
    """
    counts: Counter[str] = Counter()
    form = form_of(path)
    chunks = delimited_chunks(path, _COLUMNS, _DIALECTS[form], has_header=form is Form.CSV)
    order = Order()
    frames = (_interactions(chunk, counts, order) for chunk in chunks)
    rows = pl.concat([pl.DataFrame(schema=RAW_INTERACTION_SCHEMA), *frames])
    if rows.is_empty():
        found = f"{counts['ratings_without_time']:,} ratings, none of them with a time"
        Place(path, 1, 0).refuse(found, "ratings with their time in seconds since 1970")
    kept = rows if order.rises else earliest(rows)
    counts["repeated_ratings"] = rows.height - kept.height
    return kept, counts


@dataclass
class Order:
    """Whether rows rise by user and then by movie, as GroupLens sorts its larger editions: then no pair repeats."""

    rises: bool = True
    last: tuple[int, int] = (-1, -1)

    def follow(self, users: NDArray[np.int64], movies: NDArray[np.int64]) -> None:
        """Take the next rows, at least one, in file order."""
        if not self.rises:
            return
        later_user, same_user = users[1:] > users[:-1], users[1:] == users[:-1]
        within = later_user | (same_user & (movies[1:] > movies[:-1]))
        self.rises = (int(users[0]), int(movies[0])) > self.last and bool(within.all())
        self.last = (int(users[-1]), int(movies[-1]))


def _interactions(chunk: Chunk, counts: Counter[str], order: Order) -> pl.DataFrame:
    frame = chunk.frame
    order.follow(frame["userId"].to_numpy(), frame["movieId"].to_numpy())
    rating, moment = frame["rating"], frame["timestamp"]
    on_scale = rating.is_between(_LOWEST, _HIGHEST) & ((rating * _STEPS).floor() == rating * _STEPS)
    if not on_scale.all():
        row = (~on_scale).arg_true()[0]
        chunk.place(row).refuse(f"rating {rating[row]:g}", f"{_LOWEST:g} to {_HIGHEST:g} stars in steps of a half")
    if (moment > _LAST_MILLISECONDS).any():
        row = (moment > _LAST_MILLISECONDS).arg_true()[0]
        chunk.place(row).refuse(f"timestamp {moment[row]}", "seconds since 1970")
    in_milliseconds = moment >= _FIRST_MILLISECONDS
    has_time = moment > 0
    counts["timestamps_in_milliseconds"] += int(in_milliseconds.sum())
    counts["ratings_without_time"] += int((~has_time).sum())
    rows = pl.DataFrame(
        {
            schema.USER_ID: categories_of(frame["userId"]),
            schema.ITEM_ID: categories_of(frame["movieId"]),
            schema.RATING: rating,
            schema.TIMESTAMP: moment * 1000 if not in_milliseconds.any() else _milliseconds(moment),
        }
    )
    return rows if has_time.all() else rows.filter(has_time)


def _milliseconds(moment: pl.Series) -> pl.Series:
    return pl.select(pl.when(moment >= _FIRST_MILLISECONDS).then(moment).otherwise(moment * 1000)).to_series()
