"""Training examples: one row to predict with the history its user had at that moment, and the few-shot draw of them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.errors import ParamsError


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


def few_shot(rows: pl.DataFrame, shots: int, seed: int, *, history_length: int) -> list[Example]:
    """Draw ``shots`` examples that have a history, in random order (the K-shot setting of TALLRec, arXiv 2305.00447).

    Args:
        rows: training rows; nothing else is read.
        shots: examples to draw.
        seed: of the draw.
        history_length: rows of history an example.

    Raises:
        ParamsError: there are fewer examples than shots.
    """
    examples = [example for example in windows(rows, history_length=history_length) if len(example.history)]
    if len(examples) < shots:
        message = f"{shots} shots were asked for, but only {len(examples)} training rows have a history; lower `shots`."
        raise ParamsError(message)
    order = np.random.default_rng(seed).permutation(len(examples))
    return [examples[place] for place in order[:shots]]
