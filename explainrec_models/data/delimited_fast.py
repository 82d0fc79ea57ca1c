"""Letting polars parse a block of delimited text, and believing it only if nothing of the block is unaccounted for."""

import numpy as np
import polars as pl

from explainrec_models.data.delimited_fields import Fields
from explainrec_models.data.delimited_quotes import quotes_in_turn
from explainrec_models.data.delimited_rows import Dialect

_STAND_IN = b"\x1f"
"""The ASCII unit separator, in place of one of several characters: polars takes a single byte."""


def parse_at_once(block: bytes, fields: Fields, dialect: Dialect) -> pl.DataFrame | None:
    """Return the wanted columns of a block of whole rows, or None where single rows need a look.

    The result equals that of ``parse_row_by_row`` on the same block.
    """
    content = _for_polars(block, dialect)
    if content is None or len(fields.names) == 1:
        return None
    separator = dialect.separator.encode() if len(dialect.separator) == 1 else _STAND_IN
    quote = dialect.quote if dialect.quote and dialect.quote.encode() in content else None
    # polars takes some quotes for granted that mean nothing.
    if quote is not None and quotes_in_turn(content, dialect.separator, quote) is None:
        return None
    types = _types(fields, quoted=quote is not None)
    positions = {name: f"column_{fields.names.index(name)}" for name in fields.wanted}
    try:
        frame = pl.read_csv(
            content,
            has_header=False,
            separator=separator.decode(),
            quote_char=quote,
            schema={f"column_{index}": dtype for index, dtype in enumerate(types)},
            columns=list(positions.values()) if quote is None else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if not _accounted_for(frame, content, separator, width=len(types), quoted=quote is not None):
        return None
    if quote is not None:
        # polars tells an empty field from a quoted empty one; nobody else does.
        frame = frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())
    wanted = frame.select(pl.col(place).alias(name) for name, place in positions.items()).cast(fields.wanted)
    return wanted if _usable(wanted, fields, content) else None


def _for_polars(block: bytes, dialect: Dialect) -> bytes | None:
    """Return the block in UTF-8 with plain line ends and separators of one byte, or None where that cannot be had."""
    content = block
    if dialect.encoding != "utf-8":
        try:
            content = content.decode(dialect.encoding).encode()
        except UnicodeDecodeError:
            return None
    # Each pass over a block is a copy of it: only where needed.
    if not content.endswith(b"\n") or content.endswith((b"\n\n", b"\r\n")):
        content = content.rstrip(b"\r\n") + b"\n"
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    # Lone carriage returns end lines for some readers and not for others.
    if b"\r" in content or content == b"\n":
        return None
    if len(dialect.separator) > 1:
        if _STAND_IN in content:
            return None
        content = content.replace(dialect.separator.encode(), _STAND_IN)
    return content


def _types(fields: Fields, *, quoted: bool) -> list[pl.DataType]:
    """Return the types to parse every field with.

    Single precision comes out of double, so that both ways of reading round alike; quoted text stays text until its
    separators and line ends are counted.
    """
    types = []
    for name in fields.names:
        dtype = fields.wanted.get(name, pl.String())
        if isinstance(dtype, pl.Float32):
            dtype = pl.Float64()
        elif quoted and isinstance(dtype, pl.Categorical):
            dtype = pl.String()
        types.append(dtype)
    return types


def _accounted_for(frame: pl.DataFrame, content: bytes, separator: bytes, *, width: int, quoted: bool) -> bool:
    """Return whether every line end and separator either ends a row or a field, or stands inside a quoted one."""
    characters = np.frombuffer(content, dtype=np.uint8)
    line_ends, separators = frame.height, frame.height * (width - 1)
    if quoted:
        line_ends += _inside(frame, "\n")
        separators += _inside(frame, separator.decode())
    # Faster than bytes.count where every sixth byte is one.
    found = [int(np.count_nonzero(characters == ord(character))) for character in (b"\n", separator)]
    return found == [line_ends, separators]


def _inside(frame: pl.DataFrame, character: str) -> int:
    counts = frame.select(pl.col(pl.String).str.count_matches(character, literal=True).sum())
    return int(sum(counts.row(0))) if counts.width else 0


def _usable(frame: pl.DataFrame, fields: Fields, content: bytes) -> bool:
    """Return whether no required field is empty, as in a blank line, and every number is one."""
    if not fields.required and (content.startswith(b"\n") or b"\n\n" in content):
        return False
    if any(frame[name].has_nulls() for name in fields.required):
        return False
    floats = frame.select(pl.col(pl.Float32, pl.Float64).is_finite().all())
    return all(floats.row(0)) if floats.width else True
