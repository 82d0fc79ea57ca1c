"""One of a user's own tables, whatever its form: the names of its columns, and its rows piece by piece."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.pieces import Piece, parquet_pieces, parquet_types, text_pieces
from explainrec_models.data.table_files import is_parquet
from explainrec_models.data.table_headers import header_of


@dataclass(frozen=True)
class Table:
    """A table that has been looked at and not yet read.

    Attributes:
        names: of its columns, in their order.
        dialect: how its text is cut; None for Parquet.
    """

    path: Path
    names: tuple[str, ...]
    dialect: Dialect | None

    def pieces(self, names: Mapping[str, str]) -> Iterator[Piece]:
        """Yield columns under our names.

        Args:
            names: ours to theirs.

        Raises:
            DataError: a row is malformed, or the file is broken.
        """
        if self.dialect is None:
            return parquet_pieces(self.path, names)
        return text_pieces(self.path, names, self.dialect)


def table_at(path: Path, known: Collection[str]) -> Table:
    """Look at a table.

    Args:
        path: of delimited text, plain or gzipped, or of Parquet; its suffix says which.
        known: names that are looked for, by which the separator is found.

    Raises:
        DataError: the file is not what its suffix says.
    """
    if is_parquet(path):
        return Table(path, tuple(parquet_types(path)), None)
    dialect, names = header_of(path, known)
    return Table(path, tuple(names), dialect)
