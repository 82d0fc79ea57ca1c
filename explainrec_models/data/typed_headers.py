"""Headers of RecBole's atomic files, which state a type with each name: ``user_id:token``."""

from collections.abc import Collection
from pathlib import Path

from explainrec_models.data.delimited import header_names
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.places import Place, shortened
from explainrec_models.errors import nearest_names

TABS = Dialect("\t", None)
"""No field is quoted; a title may hold a quote."""
TOKEN, TOKENS, FLOAT, FLOATS = "token", "token_seq", "float", "float_seq"
TYPES = (TOKEN, TOKENS, FLOAT, FLOATS)


def typed_columns(path: Path) -> dict[str, str]:
    """Return name to type, in file order.

    Raises:
        DataError: the header is not of this kind, or names a column twice.
    """
    place = Place(path, 1, 0)
    columns: dict[str, str] = {}
    for cell in header_names(path, TABS):
        name, _, kind = cell.rpartition(":")
        if not name or kind not in TYPES:
            expected = (
                f"name:type between tabs, with a type of {', '.join(TYPES)}; tables without types are read by the "
                "layout table"
            )
            place.refuse(f"the column {shortened(cell)}", expected)
        if name in columns:
            place.refuse(f"the column {name!r} twice", "each column once")
        columns[name] = kind
    if not columns:
        place.refuse("an empty file", "a header such as user_id:token and item_id:token between tabs")
    return columns


def require_column(name: str, columns: Collection[str], path: Path) -> None:
    """Check that a column is there.

    Raises:
        DataError: it is not; the message names the nearest.
    """
    if name not in columns:
        nearest = nearest_names(name, columns, limit=1)
        hint = f" (nearest: {nearest[0]!r})" if nearest else ""
        Place(path, 1, 0).refuse(f"the columns {', '.join(columns)}", f"a column {name!r}{hint} in the header")
