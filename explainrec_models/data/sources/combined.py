"""Layout ``combined``: several datasets side by side, each a category, for splits that cross from one to another.

Every part has a layout of its own under ``parts:`` in params.yaml. Ids get the part's name in front, so that a user or
an item of one part is never one of another.
"""

from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.loading import read_raw, source_of
from explainrec_models.data.material import bring_material
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.errors import ParamsError

LAYOUT = "combined"
FEWEST = 2
_PICTURES = Path(".explainrec", "pictures")


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Fetch each part into a folder of its name.

    Raises:
        ParamsError: fewer than two parts, or anything but parts is asked for.
        SourceUnavailableError: no host of a part can be reached.
        DataError: a file of a part is not what it claims to be.
    """
    request.refuse_unused(LAYOUT, used=("parts",))
    if len(request.parts) < FEWEST:
        message = f"layout {LAYOUT} needs at least two `parts:` in params.yaml, found {len(request.parts)}."
        raise ParamsError(message)
    facts = {}
    for name, (layout, part) in request.parts.items():
        folder = out / name
        folder.mkdir()
        source = source_of(layout)
        facts[name] = source.fetch(folder, part)
        bring_material(folder, source, part, cache=_PICTURES)
    return {
        "origin": ", ".join(f"{name}: {found['origin']}" for name, found in facts.items()),
        "licence": "\n".join(f"{name}: {found['licence']}" for name, found in facts.items()),
    }


def read(raw: Path, request: Request) -> RawTables:
    """Read each part and put its name before the ids.

    Raises:
        ParamsError: some parts have ratings and others have not.
        DataError: a file of a part is not what it claims to be.
    """
    parts = {name: read_raw(raw / name, layout=layout, request=part) for name, (layout, part) in request.parts.items()}
    if len({part.implicit for part in parts.values()}) > 1:
        without = ", ".join(name for name, part in parts.items() if part.implicit)
        message = f"layout {LAYOUT}: {without} has no ratings, the other parts have; combine datasets of one kind."
        raise ParamsError(message)
    return RawTables(
        interactions=pl.concat([_rows(name, part) for name, part in parts.items()]),
        items=pl.concat([_items(name, part) for name, part in parts.items()]),
        dropped={f"{name}_{reason}": count for name, part in parts.items() for reason, count in part.dropped.items()},
        implicit=any(part.implicit for part in parts.values()),
        scale=(min(part.scale[0] for part in parts.values()), max(part.scale[1] for part in parts.values())),
    )


def _rows(name: str, part: RawTables) -> pl.DataFrame:
    columns = list(RAW_INTERACTION_SCHEMA)
    ids = [_named(name, pl.col(column).cast(pl.String)).cast(pl.Categorical).alias(column) for column in columns[:2]]
    return part.interactions.select(columns).with_columns(ids)


def _items(name: str, part: RawTables) -> pl.DataFrame:
    is_bare = pl.col(schema.TITLE) == pl.col(schema.ITEM_ID)
    item_id = _named(name, pl.col(schema.ITEM_ID))
    return part.items.with_columns(
        item_id.alias(schema.ITEM_ID),
        # Later stages tell items without a title by their id.
        pl.when(is_bare).then(item_id).otherwise(schema.TITLE).alias(schema.TITLE),
        (pl.lit(f"{name}/") + pl.col(schema.IMAGE)).alias(schema.IMAGE),
        pl.lit(name).alias(schema.CATEGORY),
    )


def _named(name: str, ids: pl.Expr) -> pl.Expr:
    return pl.lit(f"{name}:") + ids
