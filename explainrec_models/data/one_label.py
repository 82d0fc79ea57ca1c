"""Rows that all have the same label, as those of events without ratings: what needs likes and dislikes has no value."""

import polars as pl

from explainrec_models.data import schema


def only_label(rows: pl.DataFrame) -> str | None:
    """Return ``likes`` or ``dislikes`` where all rows are that; None where there are both, or no row.

    >>> only_label(pl.DataFrame({"liked": [1, 1]})), only_label(pl.DataFrame({"liked": [1, 0]}))
    ('likes', None)
    """
    found = rows[schema.LIKED].unique().to_list()
    if len(found) != 1:
        return None
    return "likes" if found[0] else "dislikes"
