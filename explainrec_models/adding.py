"""Adding a dataset: look at the beginning of its files, choose its cuts, write it into params.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.days import day
from explainrec_models.data.loading import layout_names, read_raw, source_of
from explainrec_models.data.params_file import add_dataset
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.sampling import sampled
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError, UnknownNameError

VALID_SHARE, TEST_SHARE = 0.8, 0.9
"""Where the cuts fall among the sampled times, if none are given."""
_WITH_CATEGORIES = "amazon"
_NOUNS = {"movielens": "movie", "amazon": "product"}


@dataclass(frozen=True)
class Wishes:
    """What the command line says of a new dataset; None where the files shall decide."""

    layout: str
    name: str
    request: Request
    key: str | None = None
    noun: str | None = None
    like_threshold: float | None = None
    recipe: str | None = None
    valid_from: str | None = None
    test_from: str | None = None


@dataclass(frozen=True)
class Added:
    """What was written and what the sample looked like."""

    key: str
    source: Mapping[str, Any]
    rows: int
    users: int
    items: int
    span: str
    dropped: Mapping[str, int]
    what: str


def add(wishes: Wishes, params_file: Path) -> Added:
    """Check a sample of the files and register the dataset; params.yaml changes only if all is well.

    Raises:
        UnknownNameError: an unknown layout.
        ParamsError: the key is taken or cannot be a name, or cuts are needed and cannot be chosen.
        MissingArtefactError: a file is not there.
        DataError: a file is not what it claims to be; the message names file, line and byte of the sample.
    """
    if wishes.layout not in layout_names():
        raise UnknownNameError(kind="layout", name=wishes.layout, known=layout_names(), advice="")
    wanted = _with_category(wishes)
    tables = _sample(wishes.layout, wanted)
    if tables.interactions.is_empty():
        message = f"the beginning of the files of {wishes.name} hold no usable rating; are these the right files?"
        raise DataError(message)
    key = wishes.key or _slug(wishes.name)
    source = _entry(wishes, wanted, tables)
    add_dataset(params_file, key, source)
    rows = tables.interactions
    return Added(
        key=key,
        source=source,
        rows=rows.height,
        users=rows[schema.USER_ID].n_unique(),
        items=rows[schema.ITEM_ID].n_unique(),
        span=_span(rows) if tables.has_clock else "in order but without dates",
        what="events without ratings, each a like" if tables.implicit else "ratings",
        # Whether an item has metadata cannot be said of a sample of two files.
        dropped={name: count for name, count in tables.dropped.items() if count and not name.startswith("items_")},
    )


def _with_category(wishes: Wishes) -> Request:
    request = wishes.request
    if not wishes.layout.startswith(_WITH_CATEGORIES) or request.categories:
        return request
    return Request(**{**vars(request), "categories": (wishes.name,)})


def _sample(layout: str, request: Request) -> RawTables:
    with sampled(request) as few, TemporaryDirectory() as folder:
        try:
            source_of(layout).fetch(Path(folder), few)
            return read_raw(Path(folder), layout=layout, request=few)
        except (DataError, MissingArtefactError) as error:
            # The sample lies in folders that nobody knows; lines and bytes count in the user's files as well.
            text = str(error).replace(f"{folder}/", "")
            if few.location is not None:
                text = text.replace(str(few.location), str(request.location))
            named = ", ".join(str(path) for path in (request.location, *request.files.values()) if path)
            message = f"{text} Read from the beginning of {named}."
            raise type(error)(message) from error


def _entry(wishes: Wishes, request: Request, tables: RawTables) -> dict[str, Any]:
    """Return the entry for ``sources``, without what is at its default."""
    family = next((noun for prefix, noun in _NOUNS.items() if wishes.layout.startswith(prefix)), "item")
    threshold = wishes.like_threshold if wishes.like_threshold is not None else (1 if tables.implicit else 4)
    entry: dict[str, Any] = {
        "layout": wishes.layout,
        "noun": wishes.noun or family,
        "location": _written(request.location),
        "files": {role: _written(path) for role, path in request.files.items()},
        "columns": dict(request.columns),
        "categories": list(request.categories),
        "pictures": _written_pictures(request.pictures),
        "details": _written(request.details),
        "like_threshold": int(threshold) if threshold == int(threshold) else threshold,
        "split": _split(wishes, tables),
    }
    return {name: value for name, value in entry.items() if value not in (None, {}, [])}


def _split(wishes: Wishes, tables: RawTables) -> dict[str, Any]:
    days = {"valid_from": wishes.valid_from, "test_from": wishes.test_from}
    recipe = wishes.recipe or _fitting_recipe(tables)
    if recipe == "temporal" and not all(days.values()):
        days = _cuts(tables.interactions)
    return {"recipe": recipe, **{name: cut for name, cut in days.items() if cut}}


def _fitting_recipe(tables: RawTables) -> str:
    if schema.SPLIT in tables.interactions.columns:
        return "given"
    return "temporal" if tables.has_clock else "leave-one-out"


def _cuts(rows: pl.DataFrame) -> dict[str, str | None]:
    times = rows[schema.TIMESTAMP]
    days = [day(int(times.quantile(share, "nearest"))) for share in (VALID_SHARE, TEST_SHARE)]  # type: ignore[arg-type]
    if days[0] >= days[1] or day(int(times.min())) >= days[0]:  # type: ignore[arg-type]
        message = (
            f"the sampled ratings lie {_span(rows)}, too close together to choose two cuts. Give --valid-from "
            "and --test-from, or another recipe such as --recipe leave-one-out."
        )
        raise ParamsError(message)
    return dict(zip(("valid_from", "test_from"), days, strict=True))


def _span(rows: pl.DataFrame) -> str:
    times = rows[schema.TIMESTAMP]
    return f"between {day(int(times.min()))} and {day(int(times.max()))}"  # type: ignore[arg-type]


def _slug(name: str) -> str:
    """Return a name as a key: small letters, digits and hyphens.

    >>> _slug("Video_Games")
    'video-games'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _written(path: Path | None) -> str | None:
    """Return a path as params.yaml holds it: relative inside the project, absolute outside."""
    if path is None:
        return None
    whole = path.expanduser().resolve()
    here = Path.cwd().resolve()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()


def _written_pictures(pictures: str | None) -> str | None:
    return pictures if pictures in {None, "addresses"} else _written(Path(str(pictures)))
