"""Reading the categories of an older Amazon edition into one dataset."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import polars as pl

from explainrec_models.data.amazon_metadata import Entries, mentioned_items, read_items, with_bare_items
from explainrec_models.data.category_files import META, CategoryFiles, files_in
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.repeats import earliest
from explainrec_models.data.request import Request

Rows = Callable[[Path, Counter[str]], Iterable[pl.DataFrame]]
"""Yields ``RAW_INTERACTION_SCHEMA`` in parts, and counts what it mends."""


def read_categories(
    raw: Path, request: Request, files: CategoryFiles, *, rows: Mapping[str, Rows], entries: Entries
) -> RawTables:
    """Read a raw folder.

    Of several rows of one user and item the earliest is kept. An item without metadata is titled with its id, and so
    is one whose title is empty. Every such row is counted in ``dropped``.

    Args:
        raw: folder with the files.
        request: its categories are read.
        files: what they are called.
        rows: role to reader, of the roles that hold reviews or ratings.
        entries: reads a file of metadata.

    Raises:
        MissingArtefactError: a category has no reviews.
        DataError: a line is malformed; the message names the file, the line and the byte.
    """
    counts: Counter[str] = Counter({"ids_with_blanks": 0, "repeated_reviews": 0, "texts_cut": 0})
    chunks, mentioned = [pl.DataFrame(schema=RAW_INTERACTION_SCHEMA)], []
    metadata: dict[str, Path | None] = {}
    for category in request.categories:
        found = files.find(files_in(raw), category, where=raw)
        metadata[category] = raw / found[META] if META in found else None
        read = [frame for role, reader in rows.items() if role in found for frame in reader(raw / found[role], counts)]
        mentioned.append(mentioned_items(read, category))
        chunks += read
    interactions = pl.concat(chunks, rechunk=True)
    kept = earliest(interactions)
    counts["repeated_reviews"] += interactions.height - kept.height
    items = with_bare_items(read_items(metadata, counts, entries=entries), pl.concat(mentioned), counts)
    return RawTables(kept, items, dict(sorted(counts.items())))


def metadata_files(raw: Path, request: Request, files: CategoryFiles) -> list[Path]:
    """Return the file of metadata of each category that has one."""
    found = (files.find(files_in(raw), category, where=raw) for category in request.categories)
    return [raw / names[META] for names in found if META in names]
