"""Recipe ``tallrec-movies``: the rows that TALLRec's movie windows on MovieLens 100K ask about.

Bao et al., "TALLRec" (RecSys 2023, arXiv 2305.00447): 8,000 windows for training, 1,000 for validation and 1,000 for
testing, rebuilt by ``data/tallrec_windows.py``. The last row of each window is in the part of its window; the other
rows of the same users, which windows only show, are context; the rows of users without a window are left out. It is no
split by time: a user's windows follow each other in time, different users' do not. Reads no setting.

What a set of rows cannot express, and ``TallrecWindows`` does: the order of the windows, which published rows are
compared by, and the history of each, which is the ten rows right before it. As rows, a user's test rows are all asked
at the same moment, with what is known then (the user's context, training and validation rows); the earlier test rows
that a later window shows are not. ``benchmarks/tallrec_movies.py`` measures on the windows themselves.
"""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.schema import PARTS
from explainrec_models.data.splits import Promise, Split, divided
from explainrec_models.data.tallrec_windows import RatingLine, tallrec_windows
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset({"users in order"})
SETTINGS: frozenset[str] = frozenset()


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:  # noqa: ARG001  # every recipe has the same signature
    """Cut the windows and take their last rows.

    Raises:
        DataError: there are too few windows for the three parts.
    """
    windows = tallrec_windows(_lines(rows))
    asked = {name: [int(example.item_id) for example in getattr(windows, name)] for name in PARTS}
    users = pl.Series([example.history.user_id for name in PARTS for example in getattr(windows, name)]).unique()
    row = pl.int_range(pl.len())
    places = {name: row.is_in(numbers) for name, numbers in asked.items()}
    places["context"] = pl.col(schema.USER_ID).cast(pl.String).is_in(users.implode())
    return divided(rows, places, otherwise="rows_of_users_without_a_window")


def _lines(rows: pl.DataFrame) -> list[RatingLine]:
    """Return lines of ``u.data`` with the row's number in place of the item, which tells the row of a window again."""
    columns = (
        pl.col(schema.USER_ID).cast(pl.String),
        pl.int_range(pl.len()).cast(pl.String).alias(schema.ITEM_ID),
        pl.col(schema.RATING).cast(pl.Int64),
        (pl.col(schema.TIMESTAMP) // 1000).cast(pl.String),
    )
    return list(rows.select(columns).iter_rows())
