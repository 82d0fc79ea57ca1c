"""Reading the item file of a user's own tables, and the addresses of pictures in it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.identifiers import identifiers_of
from explainrec_models.data.item_rows import item_rows, named_values
from explainrec_models.data.pieces import Piece
from explainrec_models.data.table_at import Table, table_at
from explainrec_models.data.table_columns import ITEM_NAMES, item_columns

_FIELD = "field {}"


def read_items(path: Path, columns: Mapping[str, str], counts: Counter[str]) -> pl.DataFrame:
    """Return ``ITEM_SCHEMA``.

    Args:
        path: of the item file.
        columns: as in params.yaml.
        counts: where rows that are left out, repaired or filled in are counted.

    Raises:
        DataError: a column is not there or of no usable type, or a row is malformed.
    """
    table, names, fields = _opened(path, columns)
    names.pop(schema.IMAGE, None)
    frames = [pl.DataFrame(schema={schema.ITEM_ID: pl.String})]
    for piece in table.pieces({**names, **{_FIELD.format(field): field for field in fields}}):
        described = [_texts(piece, name) for name in names if name != schema.ITEM_ID]
        frame = pl.DataFrame([identifiers_of(piece, schema.ITEM_ID, counts), *described])
        if fields:
            frame = frame.with_columns(
                pl.concat_list([_values(piece, field) for field in fields]).alias(schema.ATTRIBUTES)
            )
        frames.append(frame)
    return item_rows(pl.concat(frames, how="diagonal"), counts)


def read_addresses(path: Path, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the address of each item's picture, as the first row about the item states it.

    The arguments and errors are those of ``read_items``.
    """
    table, names, _ = _opened(path, columns)
    found: dict[str, str] = {}
    if schema.IMAGE in names:
        for piece in table.pieces({name: names[name] for name in (schema.ITEM_ID, schema.IMAGE)}):
            ids, stated = identifiers_of(piece, schema.ITEM_ID, Counter()), _texts(piece, schema.IMAGE)
            for item_id, address in zip(ids, stated.str.strip_chars(), strict=True):
                if item_id and address:
                    found.setdefault(item_id, address)
    return found


def _opened(path: Path, columns: Mapping[str, str]) -> tuple[Table, dict[str, str], list[str]]:
    table = table_at(path, [*ITEM_NAMES, *columns.values()])
    return table, *item_columns(columns, table.names, path)


def _texts(piece: Piece, name: str) -> pl.Series:
    """Return a column as text, whatever single values it holds."""
    values = piece.frame[name]
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        piece.refuse(0, f"{name} of the type {values.dtype}", "text")
    return values.cast(pl.String)


def _values(piece: Piece, field: str) -> pl.Expr:
    """Return ``field:value`` of lists, or of text whose values stand between ``|`` or else ``;``."""
    values = piece.frame[_FIELD.format(field)]
    if isinstance(values.dtype, pl.List) and not values.dtype.inner.is_nested():
        return named_values(pl.lit(values.cast(pl.List(pl.String))), field)
    texts = pl.lit(_texts(piece, _FIELD.format(field)).fill_null(""))
    lists = pl.when(texts.str.contains("|", literal=True)).then(texts.str.split("|")).otherwise(texts.str.split(";"))
    return named_values(lists, field)
