"""What comes beside a layout's own files, the same for every layout: pictures, and details of movies."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.arrivals import bring_file
from explainrec_models.data.omdb import enrich
from explainrec_models.data.picture_downloads import DownloadLimits, download_pictures, read_addresses
from explainrec_models.data.pictures import bring_pictures, picture_paths
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request
from explainrec_models.errors import ParamsError

ADDRESSES = "addresses"
"""Value of ``pictures:`` for those whose addresses are in the layout's own metadata."""
DETAILS = "details"
_TABLES = (".csv", ".csv.gz")


def bring_material(raw: Path, source: Any, request: Request, *, cache: Path) -> dict[str, int]:
    """Bring the pictures and details that a request names into a raw folder.

    Args:
        raw: folder that the layout's own files already lie in.
        source: the layout's module; ``addresses`` is asked of it where the pictures are those of its metadata.
        request: what to bring.
        cache: folder that downloaded pictures stay in.

    Returns:
        Reason to count, of pictures that were left out.

    Raises:
        ParamsError: the layout has no addresses of pictures.
    """
    if request.details is not None:
        folder = raw / DETAILS
        folder.mkdir()
        bring_file(request.details, folder)
    if request.pictures is None:
        return {}
    dropped: Mapping[str, int] = {}
    if request.pictures == ADDRESSES:
        addresses = _addresses_of(source, request)(raw, request)
    elif request.pictures.endswith(_TABLES):
        addresses, dropped = read_addresses(Path(request.pictures))
    else:
        return dict(bring_pictures(Path(request.pictures), raw).dropped)
    arrival = download_pictures(addresses, raw, cache=cache, limits=DownloadLimits())
    return {**dropped, **arrival.dropped}


def add_material(raw: Path, tables: RawTables) -> RawTables:
    """Return the tables with the picture of each item and, where there are any, the details of movies."""
    items, counts = tables.items, dict(tables.dropped)
    details = sorted((raw / DETAILS).iterdir()) if (raw / DETAILS).is_dir() else []
    for path in details:
        items, found = enrich(items, path)
        counts |= found
    pictures = picture_paths(raw)
    if pictures:
        names = pl.DataFrame(
            {schema.ITEM_ID: list(pictures), schema.IMAGE: list(pictures.values())},
            schema={schema.ITEM_ID: pl.String, schema.IMAGE: pl.String},
        )
        columns = items.columns
        items = items.drop(schema.IMAGE).join(names, on=schema.ITEM_ID, how="left", maintain_order="left")
        items = items.select(columns)
        counts["pictures_of_unknown_items"] = names.join(items, on=schema.ITEM_ID, how="anti").height
        counts["items_without_picture"] = items[schema.IMAGE].null_count()
    return replace(tables, items=items, dropped=counts)


def _addresses_of(source: Any, request: Request) -> Callable[[Path, Request], Mapping[str, str]]:
    found: Callable[[Path, Request], Mapping[str, str]] | None = getattr(source, "addresses", None)
    if found is None:
        message = (
            f"`pictures: {request.pictures}` needs a layout whose metadata hold addresses of pictures; name a folder, "
            "an archive or a table of item ids and addresses instead."
        )
        raise ParamsError(message)
    return found
