"""Training examples for language models: one target row with the window of the past that was known before it."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.histories import History, histories_of
from explainrec_models.errors import DataError


@dataclass(frozen=True)
class Example:
    """Whether a user, having done ``history``, liked ``item_id``."""

    history: History
    item_id: str
    liked: bool


def windows(rows: pl.DataFrame, history_length: int) -> list[Example]:
    """Return one example a row, in time order; a first row has an empty history.

    Args:
        rows: columns ``schema.INTERACTION_COLUMNS``.
        history_length: how many of the user's strictly earlier rows a window keeps. Rows of the same moment are not
            earlier: which of them came first is unknown.
    """
    return _examples(histories_of(rows), _in_time_order(rows), history_length)


def few_shot(train: pl.DataFrame, shots: int, seed: int, *, history_length: int) -> list[Example]:
    """Draw training examples at random among the rows that have a past.

    Args:
        train: training rows, columns ``schema.INTERACTION_COLUMNS``; their order does not matter.
        shots: how many examples; all of them where fewer rows have a past.
        seed: of the draw.
        history_length: length of the window at most.

    Raises:
        DataError: no row has a past.
    """
    ordered = _in_time_order(train)
    with_past = ordered.filter(pl.col(schema.TIMESTAMP) > pl.col(schema.TIMESTAMP).min().over(schema.USER_ID))
    if with_past.is_empty():
        message = (
            f"none of the {train.height} training rows has an earlier row of the same user, so there is no history to "
            "learn from. Move valid_from later, or use a dataset whose users come back."
        )
        raise DataError(message)
    chosen = np.random.default_rng(seed).permutation(with_past.height)[:shots]
    return _examples(histories_of(ordered), with_past[chosen], history_length)


def _in_time_order(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort(schema.TIMESTAMP, schema.USER_ID, schema.ITEM_ID)


def _examples(histories: dict[str, History], targets: pl.DataFrame, history_length: int) -> list[Example]:
    columns = targets.select(schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP, schema.LIKED)
    return [
        Example(_before(histories[user], moment, history_length), item, bool(liked))
        for user, item, moment, liked in columns.iter_rows()
    ]


def _before(history: History, moment: int, length: int) -> History:
    stop = bisect_left(history.timestamps, moment)
    start = max(0, stop - length)
    return History(
        history.user_id, history.item_ids[start:stop], history.liked[start:stop], history.timestamps[start:stop]
    )
