"""The candidates of LLMRank: a line for each user, with the items to rank in their published order."""

from collections import Counter
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.delimited import delimited_chunks
from explainrec_models.data.typed_headers import TABS

_COLUMNS = dict.fromkeys((schema.USER_ID, schema.ITEM_ID), pl.String)


def read_candidates(path: Path, *, users: pl.Series, items: pl.Series, counts: Counter[str]) -> pl.DataFrame:
    """Return user_id and item_id, a row for each candidate.

    Args:
        path: a user id, a tab, and item ids between blanks; without a header.
        users: known ids.
        items: known ids.
        counts: where candidates of unknown users, unknown items and those listed twice are counted.

    Raises:
        DataError: a line is malformed.
    """
    apart = pl.col(schema.ITEM_ID).str.extract_all(r"\S+")
    chunks = delimited_chunks(path, _COLUMNS, TABS, has_header=False)
    lists = (chunk.frame.with_columns(apart).explode(schema.ITEM_ID) for chunk in chunks)
    listed = pl.concat([pl.DataFrame(schema=_COLUMNS), *lists]).drop_nulls()
    is_known = listed[schema.USER_ID].is_in(users.implode())
    counts["candidates_of_unknown_users"] += int((~is_known).sum())
    of_users = listed.filter(is_known)
    known = of_users.filter(pl.col(schema.ITEM_ID).is_in(items.implode()))
    counts["candidates_of_unknown_items"] += of_users.height - known.height
    once = known.unique(maintain_order=True)
    counts["repeated_candidates"] += known.height - once.height
    return once
