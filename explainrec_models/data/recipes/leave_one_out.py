"""Recipe ``leave-one-out``: each user's last row is for testing and the one before for validation.

The protocol of SASRec (Kang & McAuley, arXiv 1808.09781), taken over by LlamaRec (Yue et al., arXiv 2311.02089) and
most work on sequences. All users are cut at moments of their own, so that training rows of one user are later than test
rows of another: a system may know what was popular after the test row. Published numbers are comparable, honest claims
about tomorrow need ``temporal``. A new row of a user moves that user's cut and nobody else's. Rows of one moment stand
in file order. Reads ``start`` and ``until``, to leave out both ends.
"""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.splits import Promise, Split, divided, in_time_order, within
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset({"users in order"})
SETTINGS = frozenset({"start", "until"})
FEWEST = 3
"""Rows of a user that gives one to each part."""


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:  # noqa: ARG001  # every recipe has the same signature
    """Hold out the last two rows of each user; users with fewer than three rows are for training alone."""
    inside, ends = within(rows, choice)
    ordered = in_time_order(inside.select(schema.INTERACTION_COLUMNS))
    user = ordered[schema.USER_ID]
    counts = user.value_counts(name="rows")
    short = counts.filter(pl.col("rows") < FEWEST)[schema.USER_ID]
    is_long = (~user.is_in(short.implode())).to_numpy()
    last = _last_of_each(user, is_long)
    second_last = _last_of_each(user, is_long & ~last)
    places = {"test": pl.lit(pl.Series(last)), "valid": pl.lit(pl.Series(second_last))}
    parts = divided(ordered, places, otherwise="train", left_out=ends)
    return replace(parts, noted={"users_too_short_to_hold_out": short.len()})


def _last_of_each(user: pl.Series, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the last row of each user among some rows; counting rows within users would take several times longer."""
    found = np.zeros(user.len(), dtype=np.bool_)
    found[among] = user.filter(pl.Series(among)).is_last_distinct().to_numpy()
    return found
