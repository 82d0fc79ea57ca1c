"""Rows that all have the same label, as those of events without ratings: what needs likes and dislikes has no value."""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.errors import NothingToLearnError

ONE_ANSWER = "and a model that answers Yes or No learns nothing from rows with one and the same answer"
"""What such rows are to a language model that is tuned on them."""


def only_label(rows: pl.DataFrame) -> str | None:
    """Return ``likes`` or ``dislikes`` where all rows are that; None where there are both, or no row.

    >>> only_label(pl.DataFrame({"liked": [1, 1]})), only_label(pl.DataFrame({"liked": [1, 0]}))
    ('likes', None)
    """
    found = rows[schema.LIKED].unique().to_list()
    if len(found) != 1:
        return None
    return "likes" if found[0] else "dislikes"


def refuse_one_label(train: pl.DataFrame, why: str) -> None:
    """Go on only where there are both likes and dislikes, or no row.

    Args:
        train: training rows.
        why: what makes one label too few, to end the sentence.

    Raises:
        NothingToLearnError: all rows have the same label.
    """
    label = only_label(train)
    if label is not None:
        message = f"all {train.height:,} training rows are {label}, {why}"
        raise NothingToLearnError(message)
