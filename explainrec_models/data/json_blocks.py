"""Reading a few fields of a large file of JSON lines in blocks: strict and fast, line by line only where that fails.

A block is a run of whole lines, decoded by msgspec into the wanted fields with their types; all else is skipped. Where
a line does not fit, the lines of its block are taken one at a time, and each that does not fit is parsed by
`json_lines` and handed to the caller, who mends it, leaves it out or refuses it by its place.
"""

import codecs
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO, Annotated, Any, cast

import msgspec
import polars as pl

from explainrec_models.data.gzip_streams import UnpackError, open_stream
from explainrec_models.data.json_lines import MAX_LINE_BYTES, parse_line, refuse_long_line
from explainrec_models.data.places import Place

BLOCK_BYTES = 4 * 1024**2
"""Some thousand reviews: enough to spread the cost of a call, little beside the tables."""

Careful = Callable[[dict[str, Any], Place], Mapping[str, Any] | None]
"""Takes the object of a line that does not fit and its place; returns the wanted fields, or None to leave it out."""
Parse = Callable[[bytes, Place], dict[str, Any]]
"""Takes a line that does not fit and its place; returns its object or refuses it."""

_SURROGATE = re.compile("[\\ud800-\\udfff]")
_PIECE_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_INT64 = (-(2**63), 2**63 - 1)
_TYPES: Mapping[Any, Any] = {pl.String: str, pl.Float64: float, pl.Int64: int, pl.Boolean: bool}
_UNFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_blocks(
    path: Path,
    columns: pl.Schema,
    careful: Careful,
    *,
    limits: Mapping[str, tuple[float, float]] | None = None,
    parse: Parse = parse_line,
    block_bytes: int | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield the wanted columns of a file, block by block, in file order; blank lines are no rows.

    A line fits where every column has a value of its type: text for String, a number for Float64, a whole number
    without a decimal point for Int64, true or false for Boolean. Null, a missing field and other types do not fit. Of a
    field that a line has twice the last counts.

    Args:
        path: of a file of JSON objects, one a line, plain or gzipped.
        columns: names as in the file, of the four types above.
        careful: decides about each line that does not fit, and counts what it mends or leaves out.
        limits: lowest and highest number that fits, by column; what ``careful`` returns may lie beyond.
        parse: reads a line that does not fit, for files that are not JSON throughout.
        block_bytes: of unpacked bytes to take at a time; ``BLOCK_BYTES`` where it is not said.

    Raises:
        DataError: a line is not a JSON object in UTF-8, or the file is cut short; and whatever ``careful`` raises.
    """
    limits = dict.fromkeys((name for name, dtype in columns.items() if dtype == pl.Int64), _INT64) | dict(limits or {})
    wanted = {name: _limited(_TYPES[dtype.base_type()], limits.get(name)) for name, dtype in columns.items()}
    reader = _reader(wanted, careful, parse)
    for place, block in _blocks(path, block_bytes or BLOCK_BYTES):
        rows = reader.rows_of(block, place)
        values = {name: list(map(attrgetter(field), rows)) for field, name in reader.fields.items()}
        yield pl.DataFrame(values, schema=columns)


def read_fields(
    path: Path, wanted: Mapping[str, Any], careful: Careful, *, parse: Parse = parse_line
) -> Iterator[dict[str, Any]]:
    """Yield the wanted fields of each object, in file order; blank lines are no rows.

    Args:
        path: of a file of JSON objects, one a line, plain or gzipped.
        wanted: name to type, as msgspec understands it; ``Any`` takes every value, and None where the field is missing.
        careful: decides about each line that does not fit, and counts what it mends or leaves out.
        parse: reads a line that does not fit, for files that are not JSON throughout.

    Raises:
        DataError: a line is not a JSON object in UTF-8, or the file is cut short; and whatever ``careful`` raises.
    """
    reader = _reader(wanted, careful, parse)
    for place, block in _blocks(path, BLOCK_BYTES):
        for row in reader.rows_of(block, place):
            yield dict(zip(wanted, msgspec.structs.astuple(row), strict=True))


@dataclass(frozen=True)
class _Reader:
    """The two ways of decoding lines.

    Attributes:
        fields: attribute of a row to name in the file, which need not be a word of Python.
        typed: names in the file whose values become columns.
    """

    fields: Mapping[str, str]
    typed: tuple[str, ...]
    row: type[msgspec.Struct]
    decoder: "msgspec.json.Decoder[msgspec.Struct]"
    careful: Careful
    parse: Parse

    def rows_of(self, block: bytes, place: Place) -> list[msgspec.Struct]:
        """Decode the block at once if all its lines fit, and else line by line."""
        bare = block.removeprefix(_BOM) if place.offset == 0 else block
        place = Place(place.path, place.line, place.offset + len(block) - len(bare))
        # msgspec does not check the characters of what it skips.
        is_text = _is_text(bare)
        if is_text:
            try:
                rows = self.decoder.decode_lines(bare)
            except _UNFIT:
                return self._line_by_line(bare, place, is_text=True)
            # Two objects in a line and one over two lines pass msgspec; blank lines, which are rare, differ here too.
            if len(rows) == bare.count(b"\n") + (not bare.endswith(b"\n")):
                return rows
        return self._line_by_line(bare, place, is_text=is_text)

    def _line_by_line(self, block: bytes, place: Place, *, is_text: bool) -> list[msgspec.Struct]:
        rows: list[msgspec.Struct] = []
        decode, offset = self.decoder.decode, place.offset
        for number, line in enumerate(block.split(b"\n"), place.line):
            try:
                if not is_text:
                    line.decode()
                rows.append(decode(line))
            except _UNFIT:
                if line.strip():
                    rows += self._mended(line, Place(place.path, number, offset))
            offset += len(line) + 1
        return rows

    def _mended(self, line: bytes, place: Place) -> list[msgspec.Struct]:
        found = self.careful(self.parse(line, place), place)
        if found is None:
            return []
        for name in self.typed:
            value = found[name]
            if isinstance(value, str) and _SURROGATE.search(value):
                place.refuse(f"{name} {value!r}", "text without half of a surrogate pair")
        return [self.row(**{field: found.get(name) for field, name in self.fields.items()})]


def _reader(wanted: Mapping[str, Any], careful: Careful, parse: Parse) -> _Reader:
    fields = {f"field_{index}": name for index, name in enumerate(wanted)}
    kinds = [(field, Any, None) if wanted[name] is Any else (field, wanted[name]) for field, name in fields.items()]
    row = msgspec.defstruct("Row", kinds, rename=fields, kw_only=True, gc=False)
    typed = tuple(name for name, kind in wanted.items() if kind is not Any)
    return _Reader(fields, typed, row, msgspec.json.Decoder(row), careful, parse)


def _limited(kind: Any, limits: tuple[float, float] | None) -> Any:
    return kind if limits is None else Annotated[kind, msgspec.Meta(ge=limits[0], le=limits[1])]


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    view, start = memoryview(data), 0
    try:
        # In pieces: a large string would be fetched from the system and handed back for every block.
        while start < len(view):
            piece = view[start : start + _PIECE_BYTES]
            start += codecs.utf_8_decode(piece, "strict", start + len(piece) == len(view))[1]
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path, size: int) -> Iterator[tuple[Place, bytes]]:
    """Yield runs of whole lines, each with the place of its first."""
    place, buffer, held = Place(path, 1, 0), bytearray(size), 0
    with open_stream(path) as file:
        while count := _fill(file, memoryview(buffer)[held:], place):
            held += count
            end = buffer.rfind(b"\n", 0, held) + 1
            # Only the first line can be longer than what was read at a time.
            if (buffer.find(b"\n", 0, held) + 1 or held) >= MAX_LINE_BYTES:
                refuse_long_line(place)
            if end:
                block = bytes(memoryview(buffer)[:end])
                yield place, block
                place = Place(path, place.line + block.count(b"\n"), place.offset + end)
                buffer[: held - end] = buffer[end:held]
                held -= end
            elif held == len(buffer):
                buffer.extend(bytes(size))
    if held:
        yield place, bytes(memoryview(buffer)[:held])


def _fill(file: IO[bytes], target: memoryview, place: Place) -> int:
    try:
        return cast("io.BufferedReader", file).readinto(target)
    except UnpackError as error:
        place.refuse(str(error), "a whole gzip file")
