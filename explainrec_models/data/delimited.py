"""Reading delimited text, plain or gzipped, of any size: as fast as polars parses, as exact as a reader of single rows.

The file is taken in blocks of whole rows. polars parses a block with the wanted types, and the result stands if the
separators and line ends of the block are all accounted for. Any other block is taken row by row, which mends blanks
around numbers and names the place of the first row that cannot be used.
"""

import codecs
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from explainrec_models.data.delimited_blocks import BLOCK_BYTES, after, blocks_of
from explainrec_models.data.delimited_fast import parse_at_once
from explainrec_models.data.delimited_fields import Fields, parse_row_by_row
from explainrec_models.data.delimited_rows import Dialect, rows_of
from explainrec_models.data.gzip_streams import UnpackError, open_stream
from explainrec_models.data.places import Place, some_of
from explainrec_models.errors import nearest_names

DataType = pl.DataType | type[pl.DataType]
_NAMES_SHOWN = 20


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, in file order.

    Attributes:
        frame: the wanted columns.
        start: where the rows begin.
        content: their bytes.
        dialect: how they are cut.
    """

    frame: pl.DataFrame
    start: Place
    content: bytes
    dialect: Dialect

    def place(self, row: int) -> Place:
        """Return where a row of the frame begins in the file."""
        return next(islice(rows_of(self.content, self.start, self.dialect), row, None)).place


def read_delimited(
    path: Path,
    columns: Mapping[str, DataType],
    *,
    separator: str = ",",
    has_header: bool = True,
    encoding: str = "utf-8",
    quote: str | None = '"',
    optional: Collection[str] = (),
) -> pl.DataFrame:
    """Return the wanted columns of a file; for files of any size take ``delimited_chunks``.

    The arguments and errors are those of ``delimited_chunks``.
    """
    dialect = Dialect(separator, quote, encoding)
    chunks = delimited_chunks(path, columns, dialect, has_header=has_header, optional=optional)
    return pl.concat([pl.DataFrame(schema=_schema(columns)), *(chunk.frame for chunk in chunks)])


def delimited_chunks(
    path: Path,
    columns: Mapping[str, DataType],
    dialect: Dialect,
    *,
    has_header: bool = True,
    optional: Collection[str] = (),
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Chunk]:
    """Yield the wanted columns chunk by chunk, in file order. Blank lines are no rows; CRLF in a field becomes LF.

    Args:
        path: of a plain or gzipped file; a byte order mark is skipped.
        columns: wanted columns and their types, of Int64, Float32, Float64, String and Categorical. With a header, in
            any order among others; without, every column of the file in its order.
        dialect: how fields and rows are told apart.
        has_header: whether the first row names the columns.
        optional: columns whose fields may be empty, which is null; elsewhere an empty field is an error.
        block_bytes: to take at a time.

    Raises:
        DataError: a column is missing, a row has too few or too many fields, or a field is not of its type. The message
            names the file, the line and the byte of the first such row.
    """
    wanted = _schema(columns)
    fields = None if has_header else Fields(tuple(wanted), wanted, frozenset(optional))
    for place, block in blocks_of(path, dialect, block_bytes=block_bytes):
        start, content = place, block
        if fields is None:
            header = next(rows_of(block, place, dialect), None)
            if header is None:
                continue
            fields = Fields(_header_names(header.fields, wanted, header.place), wanted, frozenset(optional))
            start, content = after(place, block[: header.end]), block[header.end :]
        frame = parse_at_once(content, fields, dialect)
        if frame is None:
            frame = parse_row_by_row(content, start, fields, dialect)
        if frame.height:
            yield Chunk(frame, start, content, dialect)
    if fields is None:
        Place(path, 1, 0).refuse("an empty file", f"a header with {', '.join(wanted)}")


def header_names(path: Path, dialect: Dialect) -> list[str]:
    """Return the names in the first row, for layouts that choose by them; none of an empty file.

    Raises:
        DataError: the row is not in the encoding, or the gzip data break.
    """
    for place, block in blocks_of(path, dialect):
        for row in rows_of(block, place, dialect):
            return [name.strip() for name in row.fields]
    return []


def encoding_of(path: Path, *, otherwise: str) -> str:
    """Return ``utf-8`` if the whole file is, else the other name, for layouts of before UTF-8 was usual.

    Raises:
        DataError: the gzip data break.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_stream(path) as file:
        try:
            while data := file.read(BLOCK_BYTES):
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return otherwise
        except UnpackError as error:
            Place(path, 1, 0).refuse(str(error), "a whole gzip file")
    return "utf-8"


def _schema(columns: Mapping[str, DataType]) -> pl.Schema:
    return pl.Schema({name: dtype() if isinstance(dtype, type) else dtype for name, dtype in columns.items()})


def _header_names(found: list[str], wanted: pl.Schema, place: Place) -> tuple[str, ...]:
    names = tuple(name.strip() for name in found)
    shown = some_of(names, _NAMES_SHOWN)
    for name in wanted:
        if name not in names:
            nearest = nearest_names(name, names, limit=1)
            hint = f" (nearest: {nearest[0]!r})" if nearest else ""
            place.refuse(f"the columns {shown}", f"a column {name!r}{hint} in the header")
        if names.count(name) > 1:
            place.refuse(f"the columns {shown}", f"{name!r} only once in the header")
    return names
