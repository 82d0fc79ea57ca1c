"""Cutting a file of delimited text, plain or gzipped, into blocks of whole rows; memory does not grow with the file."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from explainrec_models.data.delimited_quotes import quotes_in_turn
from explainrec_models.data.delimited_rows import MAX_ROW_BYTES, Dialect, rows_of
from explainrec_models.data.gzip_streams import UnpackError, open_stream
from explainrec_models.data.places import Place
from explainrec_models.errors import DataError

BLOCK_BYTES = 8 * 1024**2
_BOM = b"\xef\xbb\xbf"


def blocks_of(path: Path, dialect: Dialect, *, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[Place, bytes]]:
    """Yield runs of whole rows with the place of the first; only the last run may lack its line end.

    Raises:
        DataError: the gzip data break, or a row is longer than any row is.
    """
    place, rest = Place(path, 1, 0), b""
    with open_stream(path) as file:
        while data := _next_bytes(file, block_bytes, place):
            if place.offset == 0 and data.startswith(_BOM):
                data, place = data[len(_BOM) :], Place(path, 1, len(_BOM))
            block, rest = _cut(rest, data, place, dialect)
            if len(rest) > MAX_ROW_BYTES:
                # Says where quotes do not match, if that is the reason.
                next(rows_of(rest, after(place, block), dialect), None)
                after(place, block).refuse(
                    f"more than {MAX_ROW_BYTES:,} bytes without the end of a row", "one row a line"
                )
            if block:
                yield place, block
                place = after(place, block)
    if rest:
        yield place, rest


def count_rows(path: Path, dialect: Dialect) -> int:
    """Return the number of lines outside quotes, a header among them; the fields are not looked at.

    Raises:
        DataError: the gzip data break.
    """
    return sum(
        _ends_outside_quotes(block, dialect) + (not block.endswith(b"\n")) for _, block in blocks_of(path, dialect)
    )


def after(place: Place, block: bytes) -> Place:
    """Return where the line after a block of whole lines begins."""
    lines = np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    return Place(place.path, place.line + int(lines), place.offset + len(block))


def _next_bytes(file: IO[bytes], size: int, place: Place) -> bytes:
    try:
        return file.read(size)
    except UnpackError as error:
        place.refuse(str(error), "a whole gzip file")


def _cut(rest: bytes, data: bytes, place: Place, dialect: Dialect) -> tuple[bytes, bytes]:
    """Return the whole rows of what was left over and what was read, and what is left over now."""
    quote = dialect.quote.encode() if dialect.quote else b""
    if not quote or (quote not in rest and quote not in data):
        end = data.rfind(b"\n") + 1
        # A view: slices of large blocks are copies.
        return (b"".join((rest, memoryview(data)[:end])), data[end:]) if end else (b"", rest + data)
    content = rest + data
    end = _end_by_quotes(content, dialect) or _end_by_rows(content, place, dialect)
    return content[:end], content[end:]


def _end_by_quotes(content: bytes, dialect: Dialect) -> int:
    """Return the end of the last line outside quotes; 0 where there is none or a quote is only a character."""
    quotes = quotes_in_turn(content, dialect.separator, dialect.quote or "")
    if quotes is None:
        return 0
    end = content.rfind(b"\n")
    while end >= 0 and np.searchsorted(quotes, end) % 2:
        end = content.rfind(b"\n", 0, end)
    return end + 1


def _end_by_rows(content: bytes, place: Place, dialect: Dialect) -> int:
    """Return the end of the last row; for text where a single quote stands inside an unquoted field."""
    end = 0
    try:
        for row in rows_of(content[: content.rfind(b"\n") + 1], place, dialect):
            end = row.end
    except DataError:
        # The last row goes on in the next block, or it is bad and refused by whoever reads it.
        return end
    return end


def _ends_outside_quotes(block: bytes, dialect: Dialect) -> int:
    if not dialect.quote:
        return block.count(b"\n")
    return sum(part.count(b"\n") for part in block.split(dialect.quote.encode())[::2])
