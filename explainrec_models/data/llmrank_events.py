"""The events of LLMRank's files: two files that tell the same of each user, the second one event less."""

from collections import Counter
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.delimited import delimited_chunks
from explainrec_models.data.places import Place, shortened
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.data.repeats import earliest
from explainrec_models.data.schema import PARTS
from explainrec_models.data.typed_headers import TABS

LONGEST = 50
"""Events of one user that LLMRank keeps."""
_USER, _HISTORY, _TARGET = "user_id:token", "item_id_list:token_seq", "item_id:token"
_COLUMNS = dict.fromkeys((_USER, _HISTORY, _TARGET), pl.String)
_ROW = "row"
_IDS = pl.List(pl.Categorical())


def read_events(test: Path, valid: Path, counts: Counter[str]) -> pl.DataFrame:
    """Return ``RAW_INTERACTION_SCHEMA`` with ``schema.SPLIT``: each user's events in turn, users in file order.

    Args:
        test: histories that end before a user's last event.
        valid: histories that end before the last but one.
        counts: where repeated events and users whose earlier events may be cut off are counted.

    Raises:
        DataError: a file is malformed, names a user twice, or the two tell different things of a user.
    """
    last, former = _targets(test), _targets(valid)
    _refuse_first(test, last.join(former, on=_USER, how="anti"), f"a user that is also in {valid.name}")
    _refuse_first(valid, former.join(last, on=_USER, how="anti"), f"a user that is also in {test.name}")
    earlier, latest = f"{_HISTORY}_former", f"{_TARGET}_former"
    users = last.join(former.drop(_ROW), on=_USER, how="left", suffix="_former", maintain_order="left")
    before = pl.concat_list(earlier, latest)
    # A history that is cut at its beginning may begin one event later in the test file.
    told_alike = pl.col(_HISTORY) == before.list.tail(pl.col(_HISTORY).list.len())
    told_alike &= pl.col(_HISTORY).list.len() >= pl.min_horizontal(before.list.len(), LONGEST - 1)
    _refuse_first(test, users.filter(~told_alike), f"a history that ends with the history and the item of {valid.name}")
    events = _events(users.select(_USER, pl.concat_list(earlier, latest, _TARGET).alias(_TARGET)), counts)
    kept = earliest(events)
    counts["repeated_events"] += events.height - kept.height
    return kept


def _targets(path: Path) -> pl.DataFrame:
    """Return user, history, target and the number of the row."""
    frames = [pl.DataFrame(schema={_USER: pl.Categorical(), _HISTORY: _IDS, _TARGET: pl.Categorical()})]
    for chunk in delimited_chunks(path, _COLUMNS, TABS, optional=[_HISTORY]):
        ids = pl.col(_HISTORY).fill_null("").str.extract_all(r"\S+").cast(_IDS)
        frames.append(
            chunk.frame.select(pl.col(_USER).cast(pl.Categorical()), ids, pl.col(_TARGET).cast(pl.Categorical()))
        )
    rows = pl.concat(frames).with_row_index(_ROW)
    _refuse_first(path, rows.filter(~pl.col(_USER).is_first_distinct()), "each user once")
    return rows


def _events(users: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Return the events of lists of items, the last of each for testing and the one before for validation."""
    length, position = pl.col(_TARGET).list.len(), pl.int_ranges(1, pl.col(_TARGET).list.len() + 1)
    counts["histories_perhaps_cut"] += users.filter(length >= LONGEST).height
    train, valid, test = (pl.lit(part, dtype=pl.Enum(PARTS)) for part in PARTS)
    rows = users.select(_USER, _TARGET, position.alias(_ROW), length.alias(_HISTORY)).explode(_TARGET, _ROW)
    part = pl.when(pl.col(_ROW) == pl.col(_HISTORY)).then(test)
    return rows.select(
        pl.col(_USER).alias(schema.USER_ID),
        pl.col(_TARGET).alias(schema.ITEM_ID),
        pl.lit(1.0, dtype=RAW_INTERACTION_SCHEMA[schema.RATING]).alias(schema.RATING),
        pl.col(_ROW).alias(schema.TIMESTAMP),
        part.when(pl.col(_ROW) + 1 == pl.col(_HISTORY)).then(valid).otherwise(train).alias(schema.SPLIT),
    )


def _refuse_first(path: Path, rows: pl.DataFrame, expected: str) -> None:
    if rows.height:
        first = rows.sort(_ROW).row(0, named=True)
        _place(path, first[_ROW]).refuse(f"user {shortened(first[_USER])}", expected)


def _place(path: Path, row: int) -> Place:
    for chunk in delimited_chunks(path, _COLUMNS, TABS, optional=[_HISTORY]):
        if row < chunk.frame.height:
            return chunk.place(row)
        row -= chunk.frame.height
    raise AssertionError(path)
