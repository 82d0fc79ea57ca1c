"""The metadata file of a category of Amazon Reviews 2023: the item table, and where the pictures lie."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import msgspec
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.amazon_items import item_row, main_picture
from explainrec_models.data.amazon_reviews import BLANKS, PARENT, usable_identifier
from explainrec_models.data.json_blocks import Parse, read_fields
from explainrec_models.data.json_lines import parse_line
from explainrec_models.data.places import Place
from explainrec_models.data.raw_tables import ITEM_SCHEMA

Entries = Callable[[Path], Iterable[tuple[str, Mapping[str, Any]]]]
"""Yields the item id and the fields of each entry of a file of metadata, as Amazon Reviews 2023 name them."""

_LOG = logging.getLogger(__name__)
_IDENTIFIER = Annotated[str, msgspec.Meta(pattern=r"^[^ \t\n\r\x0b\x0c]")]
_WORDS = ("title", "features", "description", "store", "author", "categories", "details")
_CHUNK_ROWS = 10_000
"""Python values take several times the room of a column."""


def read_items(
    files: Mapping[str, Path | None], counts: Counter[str], *, entries: Entries | None = None
) -> pl.DataFrame:
    """Return ``ITEM_SCHEMA``, one row an item, titled with its id where the title is empty.

    Args:
        files: category to its metadata; None where there are none, which is counted and told.
        counts: where every row that is left out, filled in or cut is counted.
        entries: reads a file in place of ``identified``, for other layouts.

    Raises:
        DataError: a line is no object or has no id; the message names the file, the line and the byte.
    """
    chunks = [pl.DataFrame(schema=ITEM_SCHEMA)]
    entries = entries or partial(identified, fields=_WORDS)
    for category, path in files.items():
        if path is None:
            counts["categories_without_metadata"] += 1
            _LOG.warning("category %s has no metadata: its items are titled with their ids", category)
        else:
            chunks += _frames(
                item_row(entry, item_id, category=category, counts=counts) for item_id, entry in entries(path)
            )
    described = pl.concat(chunks)
    items = described.filter(pl.col(schema.ITEM_ID).is_first_distinct())
    counts["repeated_metadata"] += described.height - items.height
    has_title = pl.col(schema.TITLE) != ""
    counts["items_without_title"] += items.filter(~has_title).height
    return items.with_columns(pl.when(has_title).then(schema.TITLE).otherwise(schema.ITEM_ID).alias(schema.TITLE))


def read_addresses(
    paths: Iterable[Path],
    *,
    entries: Entries | None = None,
    picture: Callable[[Mapping[str, Any]], str | None] | None = None,
) -> dict[str, str]:
    """Return the address of each item's main picture, as the first entry about the item states it.

    Args:
        paths: files of metadata.
        entries: reads a file in place of ``identified``, for other layouts.
        picture: takes the address out of an entry, for other layouts.

    Raises:
        DataError: a line is no object or has no id.
    """
    entries = entries or partial(identified, fields=("images",))
    picture = picture or _picture
    found: dict[str, str | None] = {}
    for path in paths:
        for item_id, entry in entries(path):
            if item_id not in found:
                found[item_id] = picture(entry)
    return {item_id: address for item_id, address in found.items() if address}


def _picture(entry: Mapping[str, Any]) -> str | None:
    return main_picture(entry["images"])


def identified(
    path: Path, fields: Sequence[str], *, identifier: str = PARENT, parse: Parse = parse_line
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the item id and the fields of each entry of a file of metadata; a missing field is None.

    Args:
        path: of the file.
        fields: wanted names.
        identifier: name of the field with the item id.
        parse: reads a line that is not of JSON.

    Raises:
        DataError: a line is no object or has no id; the message names the file, the line and the byte.
    """
    wanted = {identifier: _IDENTIFIER} | dict.fromkeys(fields, Any)
    for entry in read_fields(path, wanted, partial(_with_identifier, name=identifier), parse=parse):
        yield entry[identifier].strip(BLANKS), entry


def _with_identifier(entry: dict[str, Any], place: Place, *, name: str) -> dict[str, Any]:
    usable_identifier(entry, name, place)
    return entry


def _frames(rows: Iterable[dict[str, Any]]) -> Iterator[pl.DataFrame]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK_ROWS)):
        yield pl.DataFrame(chunk, schema=ITEM_SCHEMA)
