"""Writing a stage's output so that it is there whole or not at all."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explainrec_models.errors import MissingArtefactError

REPORT_NAME = "report.json"


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that takes the place of ``out`` when the block succeeds.

    A block that raises leaves an earlier ``out`` untouched and no temporary folder behind.
    """
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if out.is_dir():
            shutil.rmtree(out)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write ``value`` with sorted keys, so that equal content gives equal bytes."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path, *, made_by: str = "") -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        MissingArtefactError: the file is not there; the message names the stage that writes it.
    """
    require(path, made_by=made_by)
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def require(path: Path, *, made_by: str) -> Path:
    """Return ``path`` if it exists.

    Raises:
        MissingArtefactError: it does not; the message names the stage to run.
    """
    if not path.exists():
        message = f"{path} is not there. The stage '{made_by}' writes it: run `dvc repro` or `make demo` first."
        raise MissingArtefactError(message)
    return path
