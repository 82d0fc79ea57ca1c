"""Training examples: one row to predict with the history its user had at that moment, and the few-shot draw of them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.errors import NothingToLearnError

_ROW, _TARGET = "row", "target"


@dataclass(frozen=True)
class Example:
    """A row to predict and the rows of its user before it, oldest first."""

    history: History
    item_id: str
    liked: bool
    timestamp: int


def windows(rows: pl.DataFrame, *, history_length: int) -> list[Example]:
    """Turn every row into an example, in time order (ties in file order).

    A history holds the user's earlier rows only, the last ``history_length`` of them: no later row can change it.
    """
    ordered = rows.sort(schema.TIMESTAMP, maintain_order=True)
    columns = (schema.USER_ID, schema.ITEM_ID, schema.LIKED, schema.TIMESTAMP)
    past: dict[str, list[tuple[str, bool, int]]] = {}
    examples = []
    for user, item, liked, moment in ordered.select(columns).iter_rows():
        seen = past.setdefault(user, [])
        # A row of the same moment may belong to the same visit or a later one; only strictly earlier rows count.
        earlier = [row for row in seen[-history_length - _ties(seen, moment) :] if row[2] < moment][-history_length:]
        items, likes, moments = zip(*earlier, strict=True) if earlier else ((), (), ())
        examples.append(Example(History(user, items, likes, moments), item, bool(liked), moment))
        seen.append((item, bool(liked), moment))
    return examples


def _ties(seen: list[tuple[str, bool, int]], moment: int) -> int:
    count = 0
    for row in reversed(seen):
        if row[2] != moment:
            break
        count += 1
    return count


def few_shot(
    rows: pl.DataFrame, shots: int, seed: int, *, history_length: int, context: pl.DataFrame | None = None
) -> list[Example]:
    """Draw ``shots`` examples that have a history, in random order (the K-shot setting of TALLRec, arXiv 2305.00447).

    Args:
        rows: training rows; nothing else is drawn.
        shots: examples to draw; where fewer rows have a history, all of those are drawn.
        seed: of the draw.
        history_length: rows of history an example.
        context: rows that stand in histories besides.

    Raises:
        NothingToLearnError: no training row has a history.
    """
    columns = (schema.USER_ID, schema.ITEM_ID, schema.LIKED, schema.TIMESTAMP)
    parts = [rows, *([context] if context is not None and context.height else [])]
    is_drawn_from = [pl.lit(number == 0).alias(_TARGET) for number in range(len(parts))]
    flagged = [part.select(*columns, flag) for part, flag in zip(parts, is_drawn_from, strict=True)]
    ordered = pl.concat(flagged).sort(schema.TIMESTAMP, maintain_order=True).with_row_index(_ROW)
    has_past = pl.col(schema.TIMESTAMP) > pl.col(schema.TIMESTAMP).min().over(schema.USER_ID)
    eligible = ordered.filter(has_past & pl.col(_TARGET))[_ROW].to_numpy()
    if not len(eligible):
        message = (
            f"none of the {rows.height} training rows has an earlier row of its user, so that there is no example to "
            "tune on. Choose a split with a later `valid_from`, or leave this system out."
        )
        raise NothingToLearnError(message)
    drawn = eligible[np.random.default_rng(seed).permutation(len(eligible))[:shots]].tolist()
    # Only the users of drawn rows are gone through: there may be millions of others.
    users = ordered.filter(pl.col(_ROW).is_in(drawn))[schema.USER_ID].unique()
    theirs = ordered.filter(pl.col(schema.USER_ID).is_in(users.implode()))
    by_row = dict(zip(theirs[_ROW].to_list(), windows(theirs, history_length=history_length), strict=True))
    return [by_row[row] for row in drawn]
