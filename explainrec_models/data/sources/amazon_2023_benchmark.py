"""Layout ``amazon-2023-benchmark``: the published splits of Amazon Reviews 2023, ratings without reviews.

Hou et al., "Bridging Language and Items for Retrieval and Recommendation", 2024, arXiv 2403.03952. Files
``<Category>.{train,valid,test}.csv`` of any published variant (5-core or 0-core, ``last_out`` or ``timestamp``, with
histories or without), or ``<Category>.csv`` of ``rating_only``, which has no parts; each with or without its header.
Parts are taken as given. Metadata of the layout ``amazon-2023`` may lie beside; without them items are titled with
their ids. Histories are compared with the rows, which say the same, and then left.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.amazon_categories import metadata_files
from explainrec_models.data.amazon_metadata import read_addresses, read_items
from explainrec_models.data.amazon_reviews import (
    IDS_WITH_BLANKS,
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
from explainrec_models.data.bare_items import mentioned_items, with_bare_items
from explainrec_models.data.category_files import META, META_NAMES, CategoryFiles, files_in
from explainrec_models.data.delimited import Chunk, delimited_chunks, header_names
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.repeats import earliest
from explainrec_models.data.request import Request
from explainrec_models.data.schema import PARTS
from explainrec_models.errors import DataError

RATINGS, HISTORY = "ratings", "history"
FILES = CategoryFiles(
    "amazon-2023-benchmark",
    roles={
        **{part: (f"{{}}.{part}.csv", f"{{}}.{part}.csv.gz") for part in PARTS},
        RATINGS: ("{}.csv", "{}.csv.gz"),
        META: META_NAMES,
    },
    ways=[PARTS, [RATINGS]],
)
_COLUMNS: dict[str, type[pl.DataType]] = {USER: pl.String, PARENT: pl.String, RATING: pl.Float64, MOMENT: pl.Int64}
_PART = pl.Enum(PARTS)
_EVENTS, _LATEST = "history_events", "history_latest"


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Copy the files of the named categories, as they are, and nothing else.

    Args:
        out: existing folder to fill.
        request: ``location``, a folder or archive, and ``categories`` as the files are spelled; or ``files`` with the
            roles ``train``, ``valid`` and ``test``, or ``ratings``, and ``meta``, and one category.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: neither is given, or both.
        MissingArtefactError: the location, a part or the ratings are not there.
        DataError: a file is ambiguous, or leads out of the location.
    """
    FILES.bring(out, request)
    return {"origin": "local folder", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:
    """Read what ``fetch`` wrote; published parts stand in ``schema.SPLIT``.

    Of several rows of one user and item the earliest is kept, whatever its part. Such rows, items without metadata and
    histories that the rows contradict are counted in ``dropped``.

    Raises:
        MissingArtefactError: a category has no files.
        DataError: a row is malformed, or only some categories have parts.
    """
    counts: Counter[str] = Counter({IDS_WITH_BLANKS: 0, "repeated_ratings": 0, "histories_unlike_the_rows": 0})
    rows, mentioned = [], []
    metadata: dict[str, Path | None] = {}
    for category in request.categories:
        found = FILES.find(files_in(raw), category, where=raw)
        metadata[category] = raw / found[META] if META in found else None
        rows.append(_category({role: raw / found[role] for role in (*PARTS, RATINGS) if role in found}, counts))
        mentioned.append(mentioned_items(rows[-1:], category))
    if len({frame.width for frame in rows}) > 1:
        message = (
            f"{raw} has parts ({', '.join(PARTS)}) for some categories and only ratings for others; read them as two "
            "datasets."
        )
        raise DataError(message)
    kept = _without_repeats(pl.concat(rows, rechunk=True), counts)
    items = with_bare_items(read_items(metadata, counts), pl.concat(mentioned), counts)
    return RawTables(kept, items, dict(sorted(counts.items())))


def addresses(raw: Path, request: Request) -> dict[str, str]:
    """Return the address of the main picture of each item that has one.

    Raises:
        DataError: a line of metadata is malformed.
    """
    return read_addresses(metadata_files(raw, request, FILES))


def _category(files: dict[str, Path], counts: Counter[str]) -> pl.DataFrame:
    """Return the rows of a category: of its parts in their order, or of its ratings."""
    columns = dict(RAW_INTERACTION_SCHEMA)
    if PARTS[0] in files:
        columns[schema.SPLIT] = _PART
    chunks = [
        pl.DataFrame(schema=columns),
        *(frame for role, path in files.items() for frame in _rows(path, role, counts)),
    ]
    kept = _without_repeats(pl.concat(chunks, how="diagonal"), counts)
    counts["histories_unlike_the_rows"] += _contradicted(kept)
    return kept.select(*columns)


def _without_repeats(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    kept = earliest(rows)
    counts["repeated_ratings"] += rows.height - kept.height
    return kept


def _rows(path: Path, role: str, counts: Counter[str]) -> Iterator[pl.DataFrame]:
    """Yield ``RAW_INTERACTION_SCHEMA``, the part and what a history holds, chunk by chunk."""
    dialect = Dialect()
    names = header_names(path, dialect)
    # The files as the authors' own scripts write them have no header.
    has_header = len(names) <= list(_COLUMNS).index(MOMENT) or not names[list(_COLUMNS).index(MOMENT)].isdigit()
    columns = dict(_COLUMNS)
    if HISTORY in names or (not has_header and len(names) > len(_COLUMNS)):
        columns[HISTORY] = pl.String
    part = [pl.lit(role, dtype=_PART).alias(schema.SPLIT)] if role in PARTS else []
    held = _held() if HISTORY in columns else []
    for chunk in delimited_chunks(path, columns, dialect, has_header=has_header, optional=[HISTORY]):
        rows = with_bare_ids(chunk.frame, counts)
        _check(rows, chunk)
        yield rows.select(*as_interactions(), *part, *held)


def _check(rows: pl.DataFrame, chunk: Chunk) -> None:
    """Refuse the first row that cannot be used, by its place."""
    fits = [pl.col(name) != "" for name in (USER, PARENT)]
    fits += [pl.col(name).is_between(low, high) for name, (low, high) in limits().items()]
    for row in rows.with_row_index("row").filter(~pl.all_horizontal(fits)).head(1).iter_rows(named=True):
        place = chunk.place(row["row"])
        usable_identifier(row, USER, place)
        usable_identifier(row, PARENT, place)
        usable_rating(row[RATING], place)
        usable_moment(row[MOMENT], place)


def _held() -> list[pl.Expr]:
    """Return how many items a history holds and the last of them, in place of the history itself."""
    history = pl.col(HISTORY).fill_null("").str.strip_chars()
    items = pl.when(history != "").then(history.str.split(" ")).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    return [items.list.len().alias(_EVENTS), items.list.last().cast(pl.Categorical()).alias(_LATEST)]


def _contradicted(rows: pl.DataFrame) -> int:
    """Count rows whose history does not end with the user's row before, or has another length than there are."""
    if _EVENTS not in rows.columns:
        return 0
    before = pl.int_range(pl.len()).over(schema.USER_ID)
    latest = pl.col(schema.ITEM_ID).shift(1).over(schema.USER_ID)
    unlike = (pl.col(_EVENTS) != before) | ~pl.col(_LATEST).eq_missing(latest)
    return int(rows.sort(schema.TIMESTAMP, maintain_order=True).select(unlike.sum()).item())
