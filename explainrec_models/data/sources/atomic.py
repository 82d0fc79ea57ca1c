"""Layout ``atomic``: a dataset as RecBole's atomic files, with a type beside each name in the header.

Zhao et al., "RecBole: Towards a Unified, Comprehensive and Efficient Framework for Recommendation Algorithms", CIKM
2021, arXiv 2011.01731. Files ``<name>.inter`` (``user_id:token``, ``item_id:token`` and maybe ``rating:float`` and
``timestamp:float``) or a published split of it (``<name>.train.inter``, ``.valid.inter``, ``.test.inter``), maybe
``<name>.item``, and ``<name>.user``, which is brought along and not read; each plain or gzipped.

Without a rating, ``label:float`` is one; without that too, every row is an event that counts as a like. Times are
seconds or, by their size, milliseconds, micro- or nanoseconds; without them the position in the file stands for time
(1, 2, 3 … milliseconds, from part to part), so that users can be split and dates cannot. Of several rows of one user
and item the earliest is kept, whatever its part. What the columns of items become stands in ``data/atomic_items.py``.
"""

from collections import Counter
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.atomic_items import read_items
from explainrec_models.data.bare_items import mentioned_items, with_bare_items
from explainrec_models.data.event_rows import EventRows
from explainrec_models.data.pieces import text_pieces
from explainrec_models.data.places import Place
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.schema import PARTS
from explainrec_models.data.suffixed_files import SuffixedFiles
from explainrec_models.data.typed_headers import TABS, require_column, typed_columns
from explainrec_models.errors import DataError

INTER, ITEM, USER = "inter", "item", "user"
FILES = SuffixedFiles(
    "atomic",
    suffixes={INTER: ".inter", ITEM: ".item", USER: ".user", **{part: f".{part}.inter" for part in PARTS}},
    ways=((INTER,), PARTS),
)
LICENCE = """\
Atomic files are only a way to write a dataset: it has the licence of whoever collected it. Those of MovieLens, for
example, may be used for research and not be redistributed; a file of your own has the licence that you know it to have.
"""
_RATINGS = ("rating", "label")
_HISTORY = "item_id_list"


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Bring the files as they are.

    Args:
        out: existing folder to fill.
        request: ``location``, a folder or archive with one dataset or its one file, or ``files`` with the roles
            ``inter`` (or ``train``, ``valid`` and ``test``), ``item`` and ``user``.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: nothing is named.
        MissingArtefactError: a named file is not there.
        DataError: there are no interactions, or two datasets.
    """
    request.refuse_unused("atomic", used=("location", "files"), roles=tuple(FILES.suffixes))
    FILES.bring(out, request)
    return {"origin": "local files", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:  # noqa: ARG001  # every source has the same signature
    """Read what ``fetch`` wrote; published parts stand in ``schema.SPLIT``.

    Raises:
        DataError: a file is missing, is no atomic file or holds a malformed row; the message names the place.
    """
    counts: Counter[str] = Counter()
    found = FILES.find(raw)
    parts: dict[str | None, Path] = {part: found[part] for part in PARTS if part in found}
    if INTER in found and parts:
        message = (
            f"{raw} holds both all interactions and parts of them. Name those that are meant under `files:` in "
            "params.yaml."
        )
        raise DataError(message)
    paths = parts or {None: found[INTER]}
    names = {path: _columns(path) for path in paths.values()}
    if len({tuple(sorted(each)) for each in names.values()}) > 1:
        message = f"{raw}: the parts have different columns. Give all of them ratings and times, or none."
        raise DataError(message)
    rows = EventRows(raw, counts)
    for part, path in paths.items():
        rows.add(text_pieces(path, names[path], TABS), part=part)
    interactions = rows.interactions()
    if parts:
        interactions = interactions.with_columns(pl.col(schema.SPLIT).cast(pl.Enum(PARTS)))
    described = read_items(found[ITEM], counts) if ITEM in found else ITEM_SCHEMA.to_frame()
    items = with_bare_items(described, mentioned_items([interactions], ""), counts)
    implicit = not any(schema.RATING in each for each in names.values())
    return RawTables(interactions, items, dict(sorted(counts.items())), implicit=implicit)


def _columns(path: Path) -> dict[str, str]:
    """Return our name to the column of the file, as its header writes it."""
    kinds = typed_columns(path)
    if _HISTORY in kinds:
        Place(path, 1, 0).refuse(f"the column {_HISTORY!r}", "one event a row; layout llmrank reads histories")
    for name in (schema.USER_ID, schema.ITEM_ID):
        require_column(name, kinds, path)
    chosen = {name: name for name in (schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP) if name in kinds}
    rating = next((name for name in _RATINGS if name in kinds), None)
    if rating:
        chosen[schema.RATING] = rating
    return {ours: f"{theirs}:{kinds[theirs]}" for ours, theirs in chosen.items()}
