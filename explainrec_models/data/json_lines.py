"""Reading JSON lines, plain or gzipped, one object at a time, with the place of the first bad one."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from explainrec_models.errors import DataError

MAX_LINE_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class Place:
    """Where a line begins; the offset counts bytes of the unpacked file."""

    path: Path
    line: int
    offset: int

    def refuse(self, found: str, expected: str) -> NoReturn:
        """Raise the error of a line that cannot be used.

        Raises:
            DataError: always.
        """
        message = (
            f"{self.path}, line {self.line}, byte {self.offset}: found {found}, expected {expected}. "
            "Correct or remove the line, or fetch the file again."
        )
        raise DataError(message)


def read_json_lines(path: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield each object with its place; blank lines are no rows. Memory does not grow with the file.

    Raises:
        DataError: a line is not a JSON object in UTF-8, or the file is cut short.
    """
    offset = number = 0
    with _opened(path) as file:
        while True:
            number += 1
            place = Place(path, number, offset)
            line = _next_line(file, place)
            if not line:
                return
            offset += len(line)
            if line.strip():
                yield place, _parse(line, place)


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")


def _next_line(file: IO[bytes], place: Place) -> bytes:
    try:
        line = file.readline(MAX_LINE_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        place.refuse(f"gzip data that ends or breaks here ({error})", "a whole gzip file")
    if len(line) == MAX_LINE_BYTES:
        place.refuse(f"more than {MAX_LINE_BYTES:,} bytes without a line end", "one JSON object a line")
    return line


def _parse(line: bytes, place: Place) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig" if place.offset == 0 else "utf-8"))
    except UnicodeDecodeError as error:
        place.refuse(f"byte {line[error.start]:#04x} after {error.start} good bytes", "UTF-8")
    except (json.JSONDecodeError, RecursionError) as error:
        place.refuse(f"{_shortened(line)} ({error})", "one JSON object")
    if not isinstance(value, dict):
        place.refuse(_shortened(line), "one JSON object")
    return value


def _shortened(line: bytes, limit: int = 80) -> str:
    text = line.decode("utf-8", errors="replace").strip()
    return repr(text if len(text) <= limit else text[:limit] + "…")
