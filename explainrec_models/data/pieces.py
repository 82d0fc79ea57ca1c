"""Taking a table of any form piece by piece: delimited text or Parquet, with columns under the project's names."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import polars as pl

from explainrec_models.data.delimited import Chunk, delimited_chunks
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.errors import DataError

_ROWS = 500_000
_NUL = b"\0"


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, in file order.

    Attributes:
        frame: the wanted columns; text that is empty is null.
        refuse: raises the error of a row that cannot be used, from its number in the frame, what was found and what was
            expected.
    """

    frame: pl.DataFrame
    refuse: Callable[[int, str, str], NoReturn]


def text_pieces(path: Path, names: Mapping[str, str], dialect: Dialect) -> Iterator[Piece]:
    """Yield the columns of a delimited file with a header, all of them text.

    Args:
        path: plain or gzipped.
        names: name in the frames to name in the header.
        dialect: how the file is cut.

    Raises:
        DataError: a column is missing, a row has too few or too many fields, or the text is none.
    """
    columns = dict.fromkeys(names.values(), pl.String)
    for chunk in delimited_chunks(path, columns, dialect, optional=columns):
        _refuse_nul(chunk)
        yield Piece(chunk.frame.select(_renamed(names)), _refuser_of(chunk))


def parquet_types(path: Path) -> pl.Schema:
    """Return the columns of a Parquet file and their types.

    Raises:
        DataError: it is none.
    """
    try:
        return _scan(path).collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(_no_parquet(path, error)) from error


def parquet_pieces(path: Path, names: Mapping[str, str]) -> Iterator[Piece]:
    """Yield the columns of a Parquet file with the types that it states.

    Args:
        path: of the file.
        names: name in the frames to name in the file.

    Raises:
        DataError: the file is broken.
    """
    before = 0
    try:
        for frame in _scan(path).select(_renamed(names)).collect_batches(chunk_size=_ROWS, maintain_order=True):
            texts = pl.col(pl.String)
            yield Piece(frame.with_columns(pl.when(texts != "").then(texts).name.keep()), _row_refuser(path, before))
            before += frame.height
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(_no_parquet(path, error)) from error


def _renamed(names: Mapping[str, str]) -> list[pl.Expr]:
    return [pl.col(theirs).alias(ours) for ours, theirs in names.items()]


def _scan(path: Path) -> pl.LazyFrame:
    # A name may hold characters that would be a pattern, or a folder "key=value" that would be a column.
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _refuse_nul(chunk: Chunk) -> None:
    if _NUL in chunk.content:
        line = chunk.content[: chunk.content.index(_NUL)].count(b"\n")
        place = chunk.start
        message = (
            f"{place.path}, line {place.line + line}, byte {place.offset + chunk.content.index(_NUL)}: found a NUL "
            "byte, expected text. The file is damaged or not delimited text; write it again as UTF-8."
        )
        raise DataError(message)


def _refuser_of(chunk: Chunk) -> Callable[[int, str, str], NoReturn]:
    def refuse(row: int, found: str, expected: str) -> NoReturn:
        chunk.place(row).refuse(found, expected)

    return refuse


def _row_refuser(path: Path, before: int) -> Callable[[int, str, str], NoReturn]:
    def refuse(row: int, found: str, expected: str) -> NoReturn:
        message = f"{path}, row {before + row + 1}: found {found}, expected {expected}. Correct or remove the row."
        raise DataError(message)

    return refuse


def _no_parquet(path: Path, error: BaseException) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"{path} cannot be read as Parquet ({reason}). Write it again, or name a file of delimited text with its own "
        "suffix (.csv, .tsv)."
    )
