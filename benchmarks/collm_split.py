"""Reading CoLLM's published split of MovieLens 1M: its rows in this project's columns, its items with what is known.

Needs ``collm_ml1m/{train,valid,test}.parquet`` and ``items.csv``, ``movielens-1m/{movies.dat,omdb_metadata.jsonl.gz}``.
Split: Zhang et al., "CoLLM" (arXiv 2310.19488), as published in the authors' repository; it cuts by time. Its users and
items are numbered anew there, and the title, which no two items share, is what ties an item to MovieLens.
"""

from bisect import bisect_left
from typing import NamedTuple

import polars as pl
from real_data import real_data

from explainrec_models.data import omdb, schema
from explainrec_models.data.histories import Histories, History
from explainrec_models.data.movielens_items import read_items as read_movielens_items

_IID = "iid"


class Parts(NamedTuple):
    """The rows of each part, columns ``schema.INTERACTION_COLUMNS``, in time order (ties in file order)."""

    train: pl.DataFrame
    valid: pl.DataFrame
    test: pl.DataFrame


def read_parts() -> Parts:
    """Read the three parts; the rating is the label, as the split publishes nothing else."""
    return Parts(*(_read_part(name) for name in schema.PARTS))


def _read_part(name: str) -> pl.DataFrame:
    return (
        pl.read_parquet(real_data(f"collm_ml1m/{name}.parquet"))
        .select(
            pl.col("uid").cast(pl.String).alias(schema.USER_ID),
            pl.col(_IID).cast(pl.String).alias(schema.ITEM_ID),
            pl.col("label").cast(pl.Float32).alias(schema.RATING),
            (pl.col("timestamp").cast(pl.Int64) * 1000).alias(schema.TIMESTAMP),
            pl.col("label").cast(pl.Int8).alias(schema.LIKED),
        )
        .select(schema.INTERACTION_COLUMNS)
        .sort(schema.TIMESTAMP, maintain_order=True)
    )


def movielens_ids() -> dict[str, str]:
    """Return the movie id in MovieLens 1M of each published item id, matched by title.

    Raises:
        SystemExit: a published title is not one of MovieLens.
    """
    published = pl.read_csv(real_data("collm_ml1m/items.csv"), schema_overrides={_IID: pl.String})
    movies, _ = read_movielens_items(real_data("movielens-1m/movies.dat"))
    ids = dict(zip(movies[schema.TITLE], movies[schema.ITEM_ID], strict=True))
    strange = [title for title in published["title"] if title not in ids]
    if strange:
        message = (
            f"collm_ml1m/items.csv holds {len(strange)} titles that movielens-1m/movies.dat has not, the first "
            f"{strange[0]!r}; expected those of MovieLens 1M. Take both files from the published archives."
        )
        raise SystemExit(message)
    return {item: ids[title] for item, title in published.select(_IID, "title").iter_rows()}


def read_items() -> pl.DataFrame:
    """Read the items, columns ``schema.ITEM_COLUMNS``, sorted by item id.

    Attributes are genres, the decade of the year in the title, and the directors and actors of at least three of the
    items; the text is OMDb's plot, empty where it has none; there is no picture.
    """
    published = movielens_ids()
    item_of = {movie: item for item, movie in published.items()}
    movies, _ = read_movielens_items(real_data("movielens-1m/movies.dat"))
    ours = movies.filter(pl.col(schema.ITEM_ID).is_in(list(item_of)))
    enriched, _ = omdb.enrich(ours, real_data("movielens-1m/omdb_metadata.jsonl.gz"))
    return (
        enriched.with_columns(pl.col(schema.ITEM_ID).replace_strict(item_of, return_dtype=pl.String))
        .select(schema.ITEM_COLUMNS)
        .sort(schema.ITEM_ID)
    )


def histories_before(questions: pl.DataFrame, events: pl.DataFrame) -> list[History]:
    """Return for each question the rows of its user among the events that are strictly earlier than it."""
    known = Histories(events)
    whole = {user: known.get(user, History(user)) for user in questions[schema.USER_ID].unique()}
    histories = []
    for user, moment in questions.select(schema.USER_ID, schema.TIMESTAMP).iter_rows():
        history = whole[user]
        # A row of the same second may be of the same visit; it is no past.
        stop = bisect_left(history.timestamps, moment)
        histories.append(History(user, history.item_ids[:stop], history.liked[:stop], history.timestamps[:stop]))
    return histories
