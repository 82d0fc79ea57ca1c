"""What a look is: pictures of explained items that have it, since the name "look:3" shows nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import polars as pl

from explainrec_models.data import schema
from explainrec_models.reporting.cells import attribute
from explainrec_models.reporting.columns import LOOK_PREFIX

SHOWN = 4
"""Pictures of a look."""


@dataclass(frozen=True)
class Look:
    """A look with what it looks like, as data URIs."""

    label: str
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class SystemLooks:
    """The looks that one system's reasons name; another system may number its own in another way."""

    title: str
    looks: tuple[Look, ...]


def system_looks(title: str, contributions: pl.DataFrame, picture: Callable[[str], str | None]) -> SystemLooks:
    """Return the looks that a system's contributions name, in the order of their numbers.

    Args:
        title: of the system.
        contributions: of all explained items.
        picture: of an item, none where there is none to show.
    """
    of_looks = (pl.col(schema.SLOT) == schema.ATTRIBUTE) & pl.col(schema.SOURCE).str.starts_with(LOOK_PREFIX)
    items: dict[str, list[str]] = {}
    pairs = contributions.filter(of_looks).select(schema.SOURCE, schema.ITEM_ID).unique(maintain_order=True)
    for name, item in pairs.iter_rows():
        items.setdefault(name, []).append(item)
    found = [
        Look(attribute(name), tuple(islice(filter(None, map(picture, items[name])), SHOWN)))
        for name in sorted(items, key=lambda name: (len(name), name))
    ]
    return SystemLooks(title, tuple(found))
