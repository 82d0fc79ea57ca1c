"""Layout ``amazon-2023``: Amazon Reviews 2023, a review and a metadata file of JSON lines for each category.

Hou et al., "Bridging Language and Items for Retrieval and Recommendation", 2024, arXiv 2403.03952. Read with the fields
as published and as in the typed export (details as a JSON string, pictures as an object of lists, the moment as
``sort_timestamp``). A category without metadata is read too: its items are then titled with their ids.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from explainrec_models.data.amazon_categories import metadata_files, read_categories
from explainrec_models.data.amazon_metadata import read_addresses
from explainrec_models.data.amazon_reviews import (
    LICENCE,
    MOMENT,
    PARENT,
    RATING,
    USER,
    as_interactions,
    limits,
    usable_identifier,
    usable_moment,
    usable_rating,
    with_bare_ids,
)
from explainrec_models.data.category_files import META, META_NAMES, CategoryFiles
from explainrec_models.data.json_blocks import read_blocks
from explainrec_models.data.json_lines import read_json_lines
from explainrec_models.data.places import Place
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request

REVIEWS = "reviews"
FILES = CategoryFiles(
    "amazon-2023",
    roles={
        REVIEWS: ("{}.jsonl", "{}.jsonl.gz", "raw_review_{}.jsonl", "raw_review_{}.jsonl.gz"),
        META: META_NAMES,
    },
    ways=[[REVIEWS]],
)
_MOMENTS = (MOMENT, "sort_timestamp")


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Copy the files of the named categories and the folder ``images``, as they are, and nothing else.

    Args:
        out: existing folder to fill.
        request: ``location``, a folder or archive, and ``categories`` as the files are spelled; or ``files`` with the
            roles ``reviews`` and ``meta``, and one category.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: neither is given, or both.
        MissingArtefactError: the location or a file of reviews is not there.
        DataError: a file is ambiguous, or leads out of the location.
    """
    FILES.bring(out, request)
    return {"origin": "local folder", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:
    """Read what ``fetch`` wrote, as ``read_categories`` says.

    Raises:
        MissingArtefactError: a category has no reviews.
        DataError: a line is malformed; the message names the file, the line and the byte.
    """
    return read_categories(raw, request, FILES, rows={REVIEWS: _reviews})


def addresses(raw: Path, request: Request) -> dict[str, str]:
    """Return the address of the main picture of each item that has one.

    Raises:
        DataError: a line of metadata is malformed.
    """
    return read_addresses(metadata_files(raw, request, FILES))


def _reviews(path: Path, counts: Counter[str]) -> Iterator[pl.DataFrame]:
    """Yield ``RAW_INTERACTION_SCHEMA`` block by block."""
    first = next(read_json_lines(path), None)
    moment = next((name for name in _MOMENTS if first and name in first[1]), MOMENT)
    columns = pl.Schema({USER: pl.String(), PARENT: pl.String(), RATING: pl.Float64(), moment: pl.Int64()})
    for frame in read_blocks(path, columns, partial(_review, moment=moment), limits=limits(moment)):
        bare = with_bare_ids(frame, counts)
        if (bare[USER] == "").any() or (bare[PARENT] == "").any():
            _refuse_first(path, moment)
        yield bare.select(as_interactions(moment))


def _refuse_first(path: Path, moment: str) -> NoReturn:
    """Read again, one line at a time, up to the one that cannot be used."""
    for place, entry in read_json_lines(path):
        _review(entry, place, moment=moment)
    raise AssertionError(path)


def _review(entry: Mapping[str, Any], place: Place, *, moment: str) -> dict[str, Any]:
    stated = next((entry[name] for name in _MOMENTS if entry.get(name) is not None), None)
    return {
        moment: usable_moment(stated, place),
        RATING: usable_rating(entry.get(RATING), place),
        USER: usable_identifier(entry, USER, place),
        PARENT: usable_identifier(entry, PARENT, place),
    }
