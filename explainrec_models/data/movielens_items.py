"""Reading the movies of any MovieLens edition: titles, genres and the decade of the year in the title.

The decade is an attribute because a taste for old or new films is a reason that people give, and it was fixed when the
film came out; the single year would split the same taste into a hundred slots.
"""

from collections import Counter
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.delimited import encoding_of, read_delimited
from explainrec_models.data.movielens_files import Form, form_of
from explainrec_models.data.raw_tables import ITEM_SCHEMA
from explainrec_models.data.sources.movielens_100k import GENRES as FLAGS

_NO_GENRE = ("", "(no genres listed)", "unknown")
_ID, _TITLE, _GENRES, _YEAR = "movieId", "title", "genres", "year"
_COLUMNS = {_ID: pl.Int64, _TITLE: pl.String, _GENRES: pl.String}
_BEFORE_FLAGS = (_ID, _TITLE, "release_date", "video_release_date", "imdb_url")
# Years stand in brackets, spans as (2006-2007) or (2009-); the last bracket counts, as other titles may stand before.
_YEAR_IN_TITLE = r"\((?:18|19|20)\d\d(?:\s*[-\x{2013}]\s*(?:\d{4})?)?\s*\)"


def read_items(path: Path) -> tuple[pl.DataFrame, Counter[str]]:
    """Return ``ITEM_SCHEMA`` in file order and what was left out, repaired or is missing.

    Of several rows of one movie the first is kept; several movies of one title are all kept.

    Raises:
        DataError: a row is malformed.
    """
    form = form_of(path)
    listed = _flagged(path) if form is Form.BARS else _listed(path, form)
    movies = listed.unique(_ID, keep="first", maintain_order=True).with_columns(
        pl.col(_ID).cast(pl.String),
        pl.col(_TITLE).fill_null("").str.strip_chars(),
        pl.col(_TITLE).str.extract_all(_YEAR_IN_TITLE).list.last().str.slice(1, 4).alias(_YEAR),
        _named(pl.col(_GENRES).fill_null("").str.split("|").list.eval(pl.element().str.strip_chars())),
    )
    untitled = pl.col(_TITLE) == ""
    items = movies.select(
        pl.col(_ID).alias(schema.ITEM_ID),
        pl.when(untitled).then(_ID).otherwise(_TITLE).alias(schema.TITLE),
        pl.concat_list(pl.col(_GENRES).list.eval("genre:" + pl.element()), _decade()).alias(schema.ATTRIBUTES),
        pl.lit("").alias(schema.TEXT),
        pl.lit(None, dtype=pl.String).alias(schema.IMAGE),
        pl.lit("").alias(schema.CATEGORY),
    )
    counts = Counter(
        repeated_movies=listed.height - movies.height,
        titles_with_blanks_around=listed.filter(pl.col(_TITLE) != pl.col(_TITLE).str.strip_chars()).height,
        items_without_title=movies.filter(untitled).height,
        items_without_year=movies[_YEAR].null_count(),
        items_without_genre=movies.filter(pl.col(_GENRES).list.len() == 0).height,
        items_that_share_a_title=items.filter(pl.col(schema.TITLE).is_duplicated()).height,
    )
    return items.match_to_schema(ITEM_SCHEMA), counts


def _listed(path: Path, form: Form) -> pl.DataFrame:
    if form is Form.CSV:
        return read_delimited(path, _COLUMNS, optional=(_TITLE, _GENRES))
    encoding = encoding_of(path, otherwise="latin-1")
    return read_delimited(
        path, _COLUMNS, separator="::", has_header=False, encoding=encoding, quote=None, optional=(_TITLE, _GENRES)
    )


def _flagged(path: Path) -> pl.DataFrame:
    """Return the movies of u.item with their genres in words."""
    optional = (*_BEFORE_FLAGS[1:], *FLAGS)
    rows = read_delimited(
        path,
        {_ID: pl.Int64, **dict.fromkeys((*_BEFORE_FLAGS[1:], *FLAGS), pl.String)},
        separator="|",
        has_header=False,
        encoding=encoding_of(path, otherwise="latin-1"),
        quote=None,
        optional=optional,
    )
    words = [pl.when(pl.col(genre) == "1").then(pl.lit(genre)) for genre in FLAGS]
    return rows.select(_ID, _TITLE, pl.concat_str(words, separator="|", ignore_nulls=True).alias(_GENRES))


def _named(genres: pl.Expr) -> pl.Expr:
    return genres.list.eval(pl.element().filter(~pl.element().is_in(_NO_GENRE))).list.unique(maintain_order=True)


def _decade() -> pl.Expr:
    name = pl.concat_list(pl.format("decade:{}0s", pl.col(_YEAR).str.slice(0, 3)))
    return pl.when(pl.col(_YEAR).is_not_null()).then(name).otherwise(pl.lit([], dtype=pl.List(pl.String)))
