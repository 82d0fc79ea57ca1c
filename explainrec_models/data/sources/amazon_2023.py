"""Layout ``amazon-2023``: Amazon Reviews 2023, a review and a metadata file of JSON lines for each category.

Hou et al., "Bridging Language and Items for Retrieval and Recommendation", 2024, arXiv 2403.03952. Read with the fields
as published and as in the typed export (details as a JSON string, descriptions and features as null). Pictures are
never fetched from the addresses in the metadata: they are the local files ``images/<parent_asin>.png|jpg``.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeGuard

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.amazon_items import item_row
from explainrec_models.data.json_lines import Place, read_json_lines
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

IMAGES = "images"
LICENCE = """\
Amazon Reviews 2023, collected by the McAuley Lab at UC San Diego, states no licence; files that only share its layout
have their own. Publications that use it cite: Yupeng Hou et al. 2024. Bridging Language and Items for Retrieval and
Recommendation. arXiv 2403.03952.
"""
_REVIEW_NAMES = ("{}", "raw_review_{}")
_META_NAMES = ("meta_{}", "raw_meta_{}")
_PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})
_EARLIEST_MILLISECONDS = 10**11
"""March 1973; a smaller number is a count of seconds."""
_LARGEST_NUMBER = 2**53
"""Beyond this, and beyond infinity, a JSON number is no rating and no moment."""
_CHUNK_ROWS = 200_000


def fetch(out: Path, *, location: Path | None = None, categories: Sequence[str] = ()) -> dict[str, str]:
    """Copy the files of the named categories and the folder of pictures, as they are, and nothing else.

    Args:
        out: existing folder to fill.
        location: folder that holds the files.
        categories: as the files are spelled.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: no location or no category is given.
        MissingArtefactError: the folder or one of the files is not there.
        DataError: a file is ambiguous, or is a link that leads out of the folder.
    """
    if location is None or not categories:
        message = "layout amazon-2023 needs `location:` (a folder with the files) and `categories:` in params.yaml."
        raise ParamsError(message)
    if not location.is_dir():
        message = f"{location} is not a folder: `location:` in params.yaml must name the one with the downloaded files."
        raise MissingArtefactError(message)
    for category in categories:
        for patterns in (_REVIEW_NAMES, _META_NAMES):
            source = _find(location, category, patterns)
            shutil.copyfile(_inside(source, location), out / source.name)
    pictures = _pictures(location)
    if pictures:
        (out / IMAGES).mkdir()
    for name in pictures.values():
        shutil.copyfile(_inside(location / name, location), out / name)
    return {"origin": "local folder", "licence": LICENCE}


def read(raw: Path, *, categories: Sequence[str]) -> RawTables:
    """Read what ``fetch`` wrote.

    Of several reviews of one item by one user the earliest is kept. An item that only reviews mention is titled with
    its id, and so is one whose title is empty. Every such row is counted in ``dropped``.

    Raises:
        MissingArtefactError: a category has no file.
        DataError: a line is malformed; the message names the file, the line and the byte.
    """
    counts: Counter[str] = Counter()
    pictures = _pictures(raw)
    described = pl.concat([_items(_find(raw, name, _META_NAMES), name, pictures) for name in categories])
    items = described.unique(schema.ITEM_ID, keep="first", maintain_order=True)
    counts["repeated_metadata"] = described.height - items.height
    reviews = pl.concat([_reviews(_find(raw, name, _REVIEW_NAMES), name) for name in categories])
    kept = _earliest(reviews)
    counts["repeated_reviews"] = reviews.height - kept.height
    bare = _bare_items(kept, items, pictures)
    counts["items_without_metadata"] = bare.height
    has_title = pl.col(schema.TITLE) != ""
    counts["items_without_title"] = items.filter(~has_title).height
    title = pl.when(has_title).then(schema.TITLE).otherwise(schema.ITEM_ID).alias(schema.TITLE)
    catalogue = pl.concat([items.with_columns(title), bare])
    return RawTables(kept.drop(schema.CATEGORY), catalogue, dict(sorted(counts.items())))


def _find(folder: Path, category: str, patterns: Sequence[str]) -> Path:
    names = [f"{pattern.format(category)}{suffix}" for pattern in patterns for suffix in (".jsonl", ".jsonl.gz")]
    found = [folder / name for name in names if (folder / name).is_file()]
    if not found:
        message = f"{folder} has no file for category {category}: expected one of {', '.join(names)}."
        raise MissingArtefactError(message)
    if len(found) > 1:
        message = f"{folder} has {' and '.join(path.name for path in found)} for category {category}: keep one of them."
        raise DataError(message)
    return found[0]


def _inside(path: Path, folder: Path) -> Path:
    resolved = path.resolve()
    if not resolved.is_relative_to(folder.resolve()):
        message = f"{path} is a link to {resolved}, outside {folder}. Put the file itself into the folder."
        raise DataError(message)
    return resolved


def _pictures(folder: Path) -> dict[str, str]:
    """Map item ids to paths of pictures; names come from the listing alone, so an id cannot lead anywhere else."""
    images = folder / IMAGES
    if not images.is_dir():
        return {}
    names = sorted(path.name for path in images.iterdir() if path.is_file() and path.suffix in _PICTURE_SUFFIXES)
    return {Path(name).stem: f"{IMAGES}/{name}" for name in names}


def _items(path: Path, category: str, pictures: dict[str, str]) -> pl.DataFrame:
    rows = (
        item_row(entry, _identifier(entry, "parent_asin", place), category=category, pictures=pictures)
        for place, entry in read_json_lines(path)
    )
    return _frame(rows, ITEM_SCHEMA)


def _reviews(path: Path, category: str) -> pl.DataFrame:
    frame = _frame((_review(entry, place) for place, entry in read_json_lines(path)), RAW_INTERACTION_SCHEMA)
    return frame.with_columns(pl.lit(category).alias(schema.CATEGORY))


def _review(entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
    moment = entry.get("timestamp", entry.get("sort_timestamp"))
    if not _is_number(moment) or moment != int(moment):
        place.refuse(f"timestamp {moment!r}", "a whole number of milliseconds since 1970")
    if moment < _EARLIEST_MILLISECONDS:
        place.refuse(f"timestamp {moment!r}, which is before March 1973", "milliseconds since 1970, not seconds")
    rating = entry.get("rating")
    if not _is_number(rating):
        place.refuse(f"rating {rating!r}", "a number")
    return {
        schema.USER_ID: _identifier(entry, "user_id", place),
        schema.ITEM_ID: _identifier(entry, "parent_asin", place),
        schema.RATING: float(rating),
        schema.TIMESTAMP: int(moment),
    }


def _identifier(entry: Mapping[str, Any], name: str, place: Place) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        place.refuse(f"{name} {value!r}", f"a text under {name!r}")
    return value.strip()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER


def _frame(rows: Iterable[dict[str, Any]], columns: pl.Schema) -> pl.DataFrame:
    """Collect rows in chunks: a column takes far less memory than its Python values."""
    remaining = iter(rows)
    chunks = [pl.DataFrame(schema=columns)]
    while chunk := list(islice(remaining, _CHUNK_ROWS)):
        chunks.append(pl.DataFrame(chunk, schema=columns))
    return pl.concat(chunks)


def _earliest(reviews: pl.DataFrame) -> pl.DataFrame:
    """Keep each user's earliest review of each item, in file order; of equal moments the first in the file."""
    return (
        reviews.with_row_index("row")
        .sort(schema.TIMESTAMP, maintain_order=True)
        .unique([schema.USER_ID, schema.ITEM_ID], keep="first", maintain_order=True)
        .sort("row")
        .drop("row")
    )


def _bare_items(reviews: pl.DataFrame, items: pl.DataFrame, pictures: Mapping[str, str]) -> pl.DataFrame:
    """Return a row for each item that only reviews mention."""
    mentioned = reviews.unique(schema.ITEM_ID, keep="first", maintain_order=True)
    unknown = mentioned.join(items, on=schema.ITEM_ID, how="anti", maintain_order="left")
    rows = (
        item_row({"title": item_id}, item_id, category=category, pictures=pictures)
        for item_id, category in unknown.select(schema.ITEM_ID, schema.CATEGORY).iter_rows()
    )
    return _frame(rows, ITEM_SCHEMA)
