"""Reading the item file of RecBole's atomic files: which column is the title, which are attributes and which text.

Titles, years, genres and descriptions are known by the names that the published datasets give them. Of other columns
a ``token_seq`` is text where its cells hold many words and attributes where they hold few; a ``token`` is an attribute
where items share its values, as with a brand, and otherwise left, as with an address. Numbers (``float``) are left:
prices say little in words, and averages or counts of ratings tell of days after the one that splits the data.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.delimited import encoding_of, read_delimited
from explainrec_models.data.item_rows import item_rows, named_values
from explainrec_models.data.typed_headers import TABS, TOKEN, TOKENS, require_column, typed_columns

TITLES = ("title", "movie_title", "item_name", "name", "book_title", "product_title", "app_name", "track_name")
YEARS = ("release_year", "year", "publication_year", "year_of_publication")
GENRES = ("class", "genre", "genres", "category", "categories", "tags")
TEXTS = ("description", "text", "plot", "abstract", "summary", "body", "content")
_FEW_WORDS = 5
_LONGEST_VALUE = 40
_NOT_OF_A_VALUE = " '\"[]"
_UNKNOWN = "unknown"
_LOG = logging.getLogger(__name__)


def read_items(path: Path, counts: Counter[str]) -> pl.DataFrame:
    """Return ``ITEM_SCHEMA`` in file order; text that is not UTF-8 is read as Latin-1.

    Args:
        path: of the item file.
        counts: where rows that are left out, filled in or repaired and columns without use are counted.

    Raises:
        DataError: the header or a row is malformed.
    """
    kinds = typed_columns(path)
    require_column(schema.ITEM_ID, kinds, path)
    names = [name for name, kind in kinds.items() if kind in {TOKEN, TOKENS} or name in YEARS]
    columns = {f"{name}:{kinds[name]}": pl.String for name in names}
    encoding = encoding_of(path, otherwise="latin-1")
    rows = read_delimited(path, columns, separator=TABS.separator, quote=None, encoding=encoding, optional=columns)
    rows = rows.rename({f"{name}:{kinds[name]}": name for name in names}).select(pl.all().str.strip_chars())
    counts["fields_in_quotes"] += sum(rows.select(_is_quoted(name).sum() for name in names).row(0))
    rows = rows.select(pl.when(_is_quoted(name)).then(_unquoted(name)).otherwise(name).alias(name) for name in names)
    rows = rows.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())
    uses = _uses(rows, {name: kinds[name] for name in names if name != schema.ITEM_ID})
    unused = [name for name in kinds if name != schema.ITEM_ID and name not in uses]
    counts["unused_item_columns"] += len(unused)
    if unused:
        _LOG.info("%s: no use is made of the columns %s", path, ", ".join(unused))
    return item_rows(rows.select(schema.ITEM_ID, *_described(rows, uses)), counts)


def _uses(rows: pl.DataFrame, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return name to one of title, text and attributes."""
    title = next((known for known in TITLES if known in kinds), None)
    uses = {title: schema.TITLE} if title else {}
    for name, kind in kinds.items():
        if name == title:
            continue
        if name in TEXTS or (name not in GENRES and kind == TOKENS and _is_prose(rows[name])):
            uses[name] = schema.TEXT
        elif name in (*YEARS, *GENRES) or kind == TOKENS or _is_shared(rows[name]):
            uses[name] = schema.ATTRIBUTES
    return uses


def _described(rows: pl.DataFrame, uses: Mapping[str, str]) -> list[pl.Expr]:
    title = [pl.col(name).alias(schema.TITLE) for name, use in uses.items() if use == schema.TITLE]
    texts = [name for name, use in uses.items() if use == schema.TEXT]
    attributes = [_attributes(rows[name], name) for name, use in uses.items() if use == schema.ATTRIBUTES]
    text = [pl.concat_str(texts, separator=" ", ignore_nulls=True).alias(schema.TEXT)] if texts else []
    return title + text + ([pl.concat_list(attributes).alias(schema.ATTRIBUTES)] if attributes else [])


def _attributes(values: pl.Series, name: str) -> pl.Expr:
    if name in YEARS:
        decade = values.str.extract(r"^(\d{3})\d(?:\.0)?$") + "0s"
        return named_values(pl.concat_list(pl.lit(decade)).list.drop_nulls(), "decade")
    # The format parts values at blanks; where a dataset writes commas, its values hold blanks themselves.
    separator = next((mark for mark in ("|", ",") if values.str.contains(mark, literal=True).any()), " ")
    parts = pl.lit(values).fill_null("").str.split(separator)
    bare = pl.element().str.strip_chars(_NOT_OF_A_VALUE)
    return named_values(parts.list.eval(bare.filter(bare != _UNKNOWN)), name)


def _is_prose(values: pl.Series) -> bool:
    words = values.drop_nulls().str.count_matches(r"\S+").mean()
    return isinstance(words, float) and words > _FEW_WORDS


def _is_shared(values: pl.Series) -> bool:
    stated = values.drop_nulls()
    longest = stated.str.len_chars().max()
    return isinstance(longest, int) and longest <= _LONGEST_VALUE and 2 * stated.n_unique() <= stated.len()


def _is_quoted(name: str) -> pl.Expr:
    """Tell fields that a program put into quotes, with every quote inside doubled."""
    column = pl.col(name)
    inside = column.str.slice(1, column.str.len_chars() - 2)
    doubled = ~inside.str.replace_all('""', "", literal=True).str.contains('"', literal=True)
    around = (column.str.len_chars() > 1) & column.str.starts_with('"') & column.str.ends_with('"')
    return (around & doubled).fill_null(value=False)


def _unquoted(name: str) -> pl.Expr:
    column = pl.col(name)
    inside = column.str.slice(1, column.str.len_chars() - 2)
    return inside.str.replace_all('""', '"', literal=True)
