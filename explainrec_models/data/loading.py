"""Finding a layout's source by its name and reading raw files with it: adding a layout is adding a file."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from explainrec_models.data import sources
from explainrec_models.data.outputs import require
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.errors import UnknownNameError


class RawSource(Protocol):
    """What a module in ``data/sources`` offers; the layout ``a-b`` is the file ``a_b.py``."""

    def fetch(self, out: Path, *, location: Path | None, categories: Sequence[str]) -> dict[str, str]:
        """Write the layout's files into an existing folder and return ``origin`` and ``licence``."""

    def read(self, raw: Path, *, categories: Sequence[str]) -> RawTables:
        """Read what ``fetch`` wrote."""


def layout_names() -> list[str]:
    """Return the name of every layout."""
    folder = Path(sources.__path__[0])
    return sorted(path.stem.replace("_", "-") for path in folder.glob("*.py") if not path.stem.startswith("_"))


def source_of(layout: str) -> RawSource:
    """Import the source of a layout.

    Raises:
        UnknownNameError: no file of that name.
    """
    if layout not in layout_names():
        advice = "A layout is a file in explainrec_models/data/sources."
        raise UnknownNameError(kind="layout", name=layout, known=layout_names(), advice=advice)
    return cast("RawSource", importlib.import_module(f"{sources.__name__}.{layout.replace('-', '_')}"))


def read_raw(raw: Path, *, layout: str, categories: Sequence[str]) -> RawTables:
    """Read a raw folder.

    Args:
        raw: folder that the stage ``fetch`` wrote.
        layout: as in params.yaml.
        categories: to read, for layouts that have them.

    Raises:
        MissingArtefactError: the folder is not there.
        DataError: a file is not what it claims to be.
    """
    source = source_of(layout)
    return source.read(require(raw, made_by="fetch"), categories=categories)
