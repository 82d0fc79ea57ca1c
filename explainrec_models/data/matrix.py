"""Likes as a sparse user-item matrix."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import sparse

from explainrec_models.data import schema


def like_matrix(rows: pl.DataFrame, item_ids: Sequence[str]) -> sparse.csr_array:
    """Return the (U, I) matrix with 1 where a user liked an item.

    Users come in order of their id, items in the order of ``item_ids``; a repeated pair counts once, and
    rows of items outside ``item_ids`` are an error of the caller.
    """
    liked = rows.filter(pl.col(schema.LIKED) == 1).unique([schema.USER_ID, schema.ITEM_ID])
    users = rows[schema.USER_ID].unique().sort()
    user_of = dict(zip(users.to_list(), range(users.len()), strict=True))
    item_of = {item_id: position for position, item_id in enumerate(item_ids)}
    row = np.fromiter((user_of[user] for user in liked[schema.USER_ID]), dtype=np.int64, count=liked.height)
    column = np.fromiter((item_of[item] for item in liked[schema.ITEM_ID]), dtype=np.int64, count=liked.height)
    ones = np.ones(liked.height, dtype=np.float32)
    return sparse.csr_array((ones, (row, column)), shape=(len(user_of), len(item_of)))
