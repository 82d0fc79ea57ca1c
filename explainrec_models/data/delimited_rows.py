"""Taking rows of delimited text one at a time: slow, exact, and able to name the place of each."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from explainrec_models.data.places import Place, shortened

MAX_ROW_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class Dialect:
    """How fields and rows are told apart.

    Attributes:
        separator: between fields; of several characters only without a quote.
        quote: character around fields that hold separators, line ends or itself doubled; None where there is none.
        encoding: of the text.
    """

    separator: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Row:
    """One row as text.

    Attributes:
        place: where it begins.
        fields: as between the separators, without quotes.
        end: bytes from the beginning of the content to the end of the row.
    """

    place: Place
    fields: list[str]
    end: int


def rows_of(content: bytes, start: Place, dialect: Dialect) -> Iterator[Row]:
    """Yield the rows of whole lines; blank lines are no rows.

    Args:
        content: unpacked bytes.
        start: where they begin.
        dialect: how to cut them.

    Raises:
        DataError: a line is not in the encoding, or a quoted field does not end.
    """
    lines = _Lines(content, start, dialect.encoding)
    records = _quoted(lines, dialect) if dialect.quote else (line.split(dialect.separator) for line in lines.bare())
    while True:
        place = lines.place
        try:
            fields = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            place.refuse(f"quotes that do not match ({error})", "a quote inside a quoted field written twice")
        if len(fields) > 1 or any(field.strip() for field in fields):
            yield Row(place, fields, lines.place.offset - start.offset)


def _quoted(lines: "_Lines", dialect: Dialect) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_ROW_BYTES)
    return csv.reader(lines, delimiter=dialect.separator, quotechar=dialect.quote, strict=True)


class _Lines:
    """Decoded lines; ``place`` is where the next one begins."""

    def __init__(self, content: bytes, start: Place, encoding: str) -> None:
        # Text streams would also end lines at control characters that Latin-1 titles may hold.
        self._file = io.BytesIO(content)
        self._encoding = encoding
        self.place = start

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        place = self.place
        self.place = Place(place.path, place.line + 1, place.offset + len(line))
        if line.endswith(b"\r\n"):
            line = line[:-2] + b"\n"
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            found = f"byte {line[error.start]:#04x} after {error.start} good bytes, in {shortened(line)}"
            place.refuse(found, f"text in {self._encoding.upper()}")

    def bare(self) -> Iterator[str]:
        """Return the lines without their ends."""
        return (line.removesuffix("\n").removesuffix("\r") for line in self)
