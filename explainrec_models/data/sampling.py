"""The beginning of a user's files, in their own layout: enough to say at once whether they are what they claim."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

from explainrec_models.data.arrivals import opened
from explainrec_models.data.json_lines import MAX_LINE_BYTES
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError, MissingArtefactError

BYTES = 256 * 1024**2
"""Of each file, unpacked: all of ML-1M, a third of ML-25M, some 500,000 reviews; read in seconds."""
_BLOCK = 1024**2
_TEXT = frozenset({".csv", ".tsv", ".json", ".jsonl", ".dat", ".data", ".item", ".user", ".genre", ".inter", ".txt"})
_BINARY_TABLES = frozenset({".parquet"})


@contextmanager
def sampled(request: Request, *, size: int = BYTES) -> Iterator[Request]:
    """Yield the request with the beginning of each text file in place of the files; pictures stay aside.

    Raises:
        MissingArtefactError: a file or folder is not there.
        DataError: an archive cannot be unpacked, or a gzip file is none.
    """
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        location = None if request.location is None else _sampled_location(request.location, folder, size)
        files = {}
        for role, path in request.files.items():
            if not path.is_file():
                message = f"{path} is not a file; expected the {role} of the dataset there."
                raise MissingArtefactError(message)
            files[role] = folder / role / path.name
            _head(path, files[role], size)
        yield replace(request, location=location, files=files, pictures=None, details=None)


def _sampled_location(location: Path, folder: Path, size: int) -> Path:
    if not location.exists():
        message = f"{location} is not there; expected the folder, archive or file with the dataset."
        raise MissingArtefactError(message)
    out = folder / "location"
    with opened(location) as arrival:
        for name in arrival.names:
            plain = Path(name.removesuffix(".gz"))
            if plain.suffix not in _TEXT | _BINARY_TABLES:
                continue
            if location.is_dir():
                _head(location / name, out / name, size)
            else:
                whole = arrival.copy(name, folder / "whole" / Path(name).name)
                _head(whole, out / name, size)
                whole.unlink()
    if location.is_file() and out.is_dir() and len(list(out.iterdir())) == 1:
        only = next(out.iterdir())
        return only if only.is_file() else out
    out.mkdir(exist_ok=True)
    return out


def _head(path: Path, target: Path, size: int) -> None:
    """Copy the beginning of a file; a packed one stays packed, a table in columns is copied whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in _BINARY_TABLES:
        shutil.copyfile(path, target)
        return
    try:
        with _opened(path, "rb") as source, _opened(target, "wb") as file:
            while size > 0 and (block := source.read(min(size, _BLOCK))):
                file.write(block)
                size -= len(block)
            # The last line whole, or it would look like a file cut short.
            file.write(source.readline(MAX_LINE_BYTES))
    except (OSError, EOFError) as error:
        message = f"{path} cannot be read: {error}. Check the file and its permissions, or fetch it again."
        raise DataError(message) from error


def _opened(path: Path, mode: str) -> IO[bytes]:
    if path.suffix != ".gz":
        return cast("IO[bytes]", path.open(mode))
    # Packed for minutes only: fast counts more than small.
    return cast("IO[bytes]", gzip.GzipFile(path, mode, compresslevel=1))
