"""Reading the categories of an Amazon edition into one dataset."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from explainrec_models.data.amazon_metadata import Entries, read_items
from explainrec_models.data.amazon_reviews import IDS_WITH_BLANKS
from explainrec_models.data.bare_items import mentioned_items, with_bare_items
from explainrec_models.data.category_files import META, CategoryFiles, files_in
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.repeats import earliest
from explainrec_models.data.request import Request

Rows = Callable[[Path, Counter[str]], Iterable[pl.DataFrame]]
"""Yields ``RAW_INTERACTION_SCHEMA`` in parts, and counts what it mends."""


def read_categories(
    raw: Path, request: Request, files: CategoryFiles, *, rows: Mapping[str, Rows], entries: Entries | None = None
) -> RawTables:
    """Read a raw folder.

    Of several rows of one user and item the earliest is kept. An item without metadata is titled with its id, and so
    is one whose title is empty. Every such row is counted in ``dropped``.

    Args:
        raw: folder with the files.
        request: its categories are read.
        files: what they are called.
        rows: role to reader, of the roles that hold reviews or ratings.
        entries: reads a file of metadata; unset, as Amazon Reviews 2023 has it.

    Raises:
        MissingArtefactError: a category has no reviews.
        DataError: a line is malformed; the message names the file, the line and the byte.
    """
    counts: Counter[str] = Counter({IDS_WITH_BLANKS: 0, "repeated_reviews": 0, "texts_cut": 0})
    found = {category: files.find(files_in(raw), category, where=raw) for category in request.categories}
    chosen = {
        category: [(reader, raw / names[role]) for role, reader in rows.items() if role in names]
        for category, names in found.items()
    }
    interactions, mentioned = _interactions(chosen, counts)
    metadata = {category: raw / names[META] if META in names else None for category, names in found.items()}
    items = with_bare_items(read_items(metadata, counts, entries=entries), mentioned, counts)
    return RawTables(interactions, items, dict(sorted(counts.items())))


def _interactions(
    files: Mapping[str, Sequence[tuple[Rows, Path]]], counts: Counter[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of all categories without repeats, and the items that they mention.

    A function of its own, so that the rows with their repeats are let go before the metadata are read.
    """
    chunks, mentioned = [pl.DataFrame(schema=RAW_INTERACTION_SCHEMA)], []
    for category, readers in files.items():
        read = [frame for reader, path in readers for frame in reader(path, counts)]
        mentioned.append(mentioned_items(read, category))
        chunks += read
    rows = pl.concat(chunks, rechunk=True)
    kept = earliest(rows)
    counts["repeated_reviews"] += rows.height - kept.height
    return kept, pl.concat(mentioned)


def metadata_files(raw: Path, request: Request, files: CategoryFiles) -> list[Path]:
    """Return the file of metadata of each category that has one."""
    found = (files.find(files_in(raw), category, where=raw) for category in request.categories)
    return [raw / names[META] for names in found if META in names]
