"""How a user's file of delimited text is cut: the separator that its header uses, and what is no such file at all."""

import csv
from collections.abc import Collection
from pathlib import Path

from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.gzip_streams import UnpackError, open_stream
from explainrec_models.data.places import Place, shortened

SEPARATORS = {",": "a comma", "\t": "a tab", ";": "a semicolon"}
_HEADER_BYTES = 1024**2
_BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PAR1": "a Parquet file: give it the suffix .parquet",
    b"PK\x03\x04": "an archive or a workbook: export its sheet as CSV",
    b"\xff\xfe": "text in UTF-16: save it as UTF-8",
    b"\xfe\xff": "text in UTF-16: save it as UTF-8",
}
"""First bytes of what is often given for delimited text."""


def header_of(path: Path, known: Collection[str]) -> tuple[Dialect, list[str]]:
    """Return how a file is cut and the names in its header.

    The separator is that of the three which finds most of the known names; of those, which finds most names.

    Args:
        path: plain or gzipped.
        known: names that are looked for.

    Raises:
        DataError: the file is empty or no text in UTF-8, or none of the separators cuts its first line.
    """
    start = Place(path, 1, 0)
    line = _first_line(start)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte {line[error.start]:#04x} after {error.start} good bytes, in {shortened(line)}"
        start.refuse(found, "text in UTF-8")
    cuts = {separator: _names(text, separator) for separator in SEPARATORS}
    separator = max(cuts, key=lambda each: (len(set(known) & set(cuts[each])), len(cuts[each])))
    if len(cuts[separator]) == 1:
        start.refuse(
            f"one column, {shortened(text)}", f"a header of several columns between {', '.join(SEPARATORS.values())}"
        )
    return Dialect(separator), cuts[separator]


def _first_line(start: Place) -> bytes:
    with open_stream(start.path) as file:
        try:
            line = file.readline(_HEADER_BYTES)
        except UnpackError as error:
            start.refuse(str(error), "a whole gzip file")
    for magic, what in _FOREIGN.items():
        if line.startswith(magic):
            start.refuse(what, "delimited text in UTF-8")
    if b"\0" in line:
        start.refuse("a NUL byte", "delimited text in UTF-8")
    if len(line) == _HEADER_BYTES:
        start.refuse(f"a first line of more than {_HEADER_BYTES:,} bytes", "the names of the columns")
    line = line.removeprefix(_BOM)
    if not line.strip():
        start.refuse("an empty first line", "the names of the columns")
    return line


def _names(line: str, separator: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    except csv.Error:
        return [line]
