"""Writing a stage's output so that it is there whole or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from explainrec_models.errors import DataError, MissingArtefactError, full_disk

REPORT_NAME = "report.json"


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that takes the place of ``out`` when the block succeeds.

    A block that raises leaves an earlier ``out`` untouched and no temporary folder behind. A process that is killed
    leaves the earlier or the new ``out``, whole; between the two renames of the swap the earlier one lies beside its
    place, and the next run puts it back. One process at a time writes an output (``running.alone``).

    Nothing waits for the disk: a kill loses nothing that was written, and after a power cut DVC finds by its hashes
    what is not as dvc.lock has it. Flushing each of a hundred thousand pictures would take minutes.

    Raises:
        MachineError: the disk is full.
        NotADirectoryError: ``out`` is a file.
    """
    partial, earlier = _beside(out, "partial"), _beside(out, "earlier")
    _recover(out, partial, earlier)
    try:
        with _disk_full_reported(out):
            partial.mkdir(parents=True)
            yield partial
        _swap(out, partial, earlier)
    finally:
        with suppress(OSError):
            _recover(out, partial, earlier)


@contextmanager
def replacing_file(out: Path) -> Iterator[Path]:
    """Yield a temporary sibling that the block writes and that takes the place of ``out`` when the block succeeds.

    Raises:
        MachineError: the disk is full.
    """
    partial = _beside(out, "partial")
    try:
        with _disk_full_reported(out):
            yield partial
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _beside(out: Path, kind: str) -> Path:
    return out.with_name(f".{out.name}.{kind}")


def _swap(out: Path, partial: Path, earlier: Path) -> None:
    if os.path.lexists(out):
        out.rename(earlier)
    partial.rename(out)
    if os.path.lexists(earlier):
        # Removed under the name of what is never whole: half of it is never put back.
        earlier.rename(partial)


def _recover(out: Path, partial: Path, earlier: Path) -> None:
    """Bring the folder into the state before or after a swap, whatever a killed process left."""
    _remove(partial)
    if os.path.lexists(earlier):
        if os.path.lexists(out):
            earlier.rename(partial)
            _remove(partial)
        else:
            earlier.rename(out)
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(out))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _disk_full_reported(out: Path) -> Iterator[None]:
    """Ask about room while what was half-written still takes it."""
    try:
        yield
    except Exception as error:
        full = full_disk(error, out)
        if full is None:
            raise
        raise full from error


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write ``value``, whole or not at all, with sorted keys, so that equal content gives equal bytes.

    Raises:
        MachineError: the disk is full.
    """
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with replacing_file(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path, *, made_by: str = "") -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        MissingArtefactError: the file is not there; the message names the stage that writes it.
        DataError: it is something else.
    """
    text = require(path, made_by=made_by).read_bytes()
    try:
        value = json.loads(text)
    except ValueError as error:
        _refuse_json(path, str(error), made_by)
    if not isinstance(value, dict):
        _refuse_json(path, f"it holds a {type(value).__name__} where an object is expected", made_by)
    return value


def _refuse_json(path: Path, reason: str, made_by: str) -> NoReturn:
    again = f"run the stage '{made_by}' again" if made_by else "make it again"
    message = f"{path} is not the JSON that was written there ({reason}): delete it and {again}."
    raise DataError(message)


def require(path: Path, *, made_by: str) -> Path:
    """Return ``path`` if it is a file or, where its name has no ending, a file or a folder.

    Raises:
        MissingArtefactError: it is not there; the message names the stage to run.
        DataError: it is something else; reading a pipe or a device might never end.
    """
    if not path.exists():
        message = f"{path} is not there. The stage '{made_by}' writes it: run `dvc repro` or `make demo` first."
        raise MissingArtefactError(message)
    if not path.is_file() and (path.suffix or not path.is_dir()):
        found = "a folder" if path.is_dir() else "a device or a pipe"
        message = f"{path} is {found}; expected what the stage '{made_by}' writes. Delete it and run again."
        raise DataError(message)
    return path
