"""Reading JSON lines, plain or gzipped, one object at a time, with the place of the first bad one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from explainrec_models.data.gzip_streams import UnpackError, open_stream
from explainrec_models.data.places import Place, shortened

MAX_LINE_BYTES = 64 * 1024**2


def read_json_lines(path: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield each object with its place; blank lines are no rows. Memory does not grow with the file.

    Raises:
        DataError: a line is not a JSON object in UTF-8, or the file is cut short.
    """
    offset = number = 0
    with open_stream(path) as file:
        while True:
            number += 1
            place = Place(path, number, offset)
            line = _next_line(file, place)
            if not line:
                return
            offset += len(line)
            if line.strip():
                yield place, parse_line(line, place)


def parse_line(line: bytes, place: Place) -> dict[str, Any]:
    """Return the object that stands in one line.

    Raises:
        DataError: it is not one JSON object in UTF-8.
    """
    try:
        value = json.loads(line.decode("utf-8-sig" if place.offset == 0 else "utf-8"))
    except UnicodeDecodeError as error:
        place.refuse(f"byte {line[error.start]:#04x} after {error.start} good bytes", "UTF-8")
    # A number of thousands of digits is a ValueError, but no JSONDecodeError.
    except (ValueError, RecursionError) as error:
        place.refuse(f"{shortened(line)} ({error})", "one JSON object")
    if not isinstance(value, dict):
        place.refuse(shortened(line), "one JSON object")
    return value


def refuse_long_line(place: Place) -> None:
    """Raise the error of a line that has no end within ``MAX_LINE_BYTES``.

    Raises:
        DataError: always.
    """
    place.refuse(f"more than {MAX_LINE_BYTES:,} bytes without a line end", "one JSON object a line")


def _next_line(file: IO[bytes], place: Place) -> bytes:
    try:
        line = file.readline(MAX_LINE_BYTES)
    except UnpackError as error:
        place.refuse(str(error), "a whole gzip file")
    if len(line) == MAX_LINE_BYTES:
        refuse_long_line(place)
    return line
