"""Finding a layout's source by its name and reading raw files with it: adding a layout is adding a file."""

import importlib
from pathlib import Path
from typing import Protocol, cast

from explainrec_models.data import sources
from explainrec_models.data.material import add_material
from explainrec_models.data.outputs import require
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request
from explainrec_models.errors import UnknownNameError


class RawSource(Protocol):
    """What a module in ``data/sources`` offers; the layout ``a-b`` is the file ``a_b.py``."""

    def fetch(self, out: Path, request: Request) -> dict[str, str]:
        """Write the layout's files into an existing folder and return ``origin`` and ``licence``."""

    def read(self, raw: Path, request: Request) -> RawTables:
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


def read_raw(raw: Path, *, layout: str, request: Request) -> RawTables:
    """Read a raw folder.

    Args:
        raw: folder that the stage ``fetch`` wrote.
        layout: as in params.yaml.
        request: what params.yaml asks of the layout.

    Raises:
        MissingArtefactError: the folder is not there.
        DataError: a file is not what it claims to be.
    """
    return add_material(raw, source_of(layout).read(require(raw, made_by="fetch"), request))
