"""Which column of a user's file is which of ours: what ``columns:`` says, or else the column of our own name."""

from collections.abc import Collection, Mapping
from pathlib import Path

from explainrec_models.data import schema
from explainrec_models.data.places import some_of
from explainrec_models.errors import DataError, UnknownNameError, nearest_names

OF_ITEMS = "items_"
"""What stands before the keys of the item file, whose ids may have another name than those of the interactions."""
INTERACTION_NAMES = (schema.USER_ID, schema.ITEM_ID, schema.RATING, schema.TIMESTAMP)
ITEM_NAMES = (schema.ITEM_ID, schema.TITLE, schema.TEXT, schema.CATEGORY, schema.IMAGE, schema.ATTRIBUTES)
KEYS = (*INTERACTION_NAMES, *(OF_ITEMS + name for name in ITEM_NAMES))
_NEEDED = (schema.USER_ID, schema.ITEM_ID)
_NAMES_SHOWN = 30


def check_keys(columns: Mapping[str, str]) -> None:
    """Refuse a key that is not known.

    Raises:
        UnknownNameError: there is one.
    """
    for key in columns:
        if key not in KEYS:
            advice = f"Layout table knows {', '.join(KEYS)}."
            raise UnknownNameError(kind="column under `columns:` of layout table", name=key, known=KEYS, advice=advice)


def interaction_columns(columns: Mapping[str, str], present: Collection[str], path: Path) -> dict[str, str]:
    """Return our name to theirs for the interactions; a rating and a time only if there are any.

    Args:
        columns: as in params.yaml.
        present: names in the file.
        path: for messages.

    Raises:
        DataError: a column is not there.
    """
    stated = {name: columns[name] for name in INTERACTION_NAMES if name in columns}
    return _chosen(stated, INTERACTION_NAMES, present, path, key="")


def item_columns(columns: Mapping[str, str], present: Collection[str], path: Path) -> tuple[dict[str, str], list[str]]:
    """Return our name to theirs for the items without their attributes, and the columns of the attributes.

    The arguments and errors are those of ``interaction_columns``.
    """
    stated = {name: columns[OF_ITEMS + name] for name in ITEM_NAMES if OF_ITEMS + name in columns}
    listed = stated.pop(schema.ATTRIBUTES, None)
    attributes = [schema.ATTRIBUTES] if listed is None and schema.ATTRIBUTES in present else []
    if listed is not None:
        # A name that holds a comma is taken whole if there is a column of it.
        attributes = [listed] if listed in present else [name.strip() for name in listed.split(",")]
        for name in attributes:
            _require(name, OF_ITEMS + schema.ATTRIBUTES, present, path)
    return _chosen(stated, ITEM_NAMES[:-1], present, path, key=OF_ITEMS), attributes


def _chosen(
    stated: Mapping[str, str], names: tuple[str, ...], present: Collection[str], path: Path, *, key: str
) -> dict[str, str]:
    chosen = {}
    for name in names:
        theirs = stated.get(name, name)
        if name in stated or name in _NEEDED:
            _require(theirs, key + name, present, path)
        if theirs in present:
            chosen[name] = theirs
    return chosen


def _require(name: str, key: str, present: Collection[str], path: Path) -> None:
    if name in present:
        return
    nearest = nearest_names(name, present)
    hint = f" Nearest: {', '.join(nearest)}." if nearest else ""
    shown = some_of(list(present), _NAMES_SHOWN)
    message = (
        f"{path} has no column {name!r}.{hint} It has: {shown}. Name the right one as `{key}:` under `columns:` in "
        "params.yaml."
    )
    raise DataError(message)
