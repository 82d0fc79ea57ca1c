"""One user's questions to a fitted system with parts of the history left out, and what each attribution cost.

Nothing here knows a system: it must offer ``score`` and ``explain`` as ``explainrec_models/registry.py`` describes.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.evaluation.explanation.evidence import Attribution, Flags, Numbers, Rank, Score
from explainrec_models.parts.explanation import Explanation
from explainrec_models.registry import System

Output = Callable[[Numbers], Numbers]
"""Raw scores in, m(x) out."""
_AT_ONCE = 512
"""Histories of one call of ``score``, which bounds the memory of full rankings."""


def sigmoid(scores: Numbers) -> Numbers:
    """Return probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-scores)))


@dataclass
class Meter:
    """What attributions have cost so far, by source.

    Attributes:
        explanations: how many were made.
        seconds: of wall time.
        variants: histories that were scored through ``score``.
        passes: of a language model, however many prompts are packed into one.
        tokens: that the language model read.
    """

    explanations: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)
    passes: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    _scored: int = 0

    def counted(self, score: Callable[..., Any]) -> Callable[..., Any]:
        """Return a system's ``score`` that counts the histories it is asked about."""

        def asked(histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> Any:
            self._scored += len(histories)
            return score(histories, candidates)

        return asked

    @contextmanager
    def measuring(self, source: str, explanations: int) -> Iterator[None]:
        """Charge what happens inside to a source."""
        import torch

        read = [0, 0]

        def embedded(module: torch.nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(module, torch.nn.Embedding):
                read[0] += 1
                read[1] += output.numel() // module.embedding_dim

        hook = torch.nn.modules.module.register_module_forward_hook(embedded)
        started, before = time.perf_counter(), self._scored
        try:
            yield
        finally:
            hook.remove()
        spent: tuple[tuple[dict[str, Any], Any], ...] = (
            (self.explanations, explanations),
            (self.seconds, time.perf_counter() - started),
            (self.variants, self._scored - before),
            (self.passes, read[0]),
            (self.tokens, read[1]),
        )
        for total, amount in spent:
            total[source] = total.get(source, 0) + amount

    def per_explanation(self) -> dict[str, dict[str, float]]:
        """Return the cost of one explanation of each source; the items of a user are explained together."""
        names = ("seconds", "variants", "passes", "tokens")
        return {
            source: {name: float(f"{getattr(self, name)[source] / count:.3g}") for name in names}
            for source, count in self.explanations.items()
            if count
        }


class UserModel:
    """A system's scores of a few items for one user, seen through the history rows that it may keep.

    A set of kept rows is scored once for all items. ``K`` pieces: distinct items of the history, oldest first.
    """

    def __init__(
        self, system: System, history: History, items: Sequence[str], candidates: Sequence[str], output: Output
    ) -> None:
        """Wire them.

        Args:
            system: fitted.
            history: what the system reads.
            items: explained ones.
            candidates: that an item is ranked among.
            output: makes m(x) of a score.
        """
        self.ranks = len(candidates) > 0
        self.pieces = list(dict.fromkeys(history.item_ids))
        self._system, self._history, self._output = system, history, output
        self._columns = list(dict.fromkeys([*items, *candidates]))
        self._place = {item: place for place, item in enumerate(self._columns)}
        self._rivals = [self._place[item] for item in candidates]
        self._known: dict[bytes, Numbers] = {}

    def score(self, item: str) -> Score:
        """Return m(x) of an item for sets of kept evidence."""
        return lambda kept: self._output(self._raw(kept, [self._place[item]])[:, 0])

    def rank(self, item: str) -> Rank:
        """Return the rank of an item among the candidates; a tie speaks for the item."""
        columns = [self._place[item], *self._rivals]

        def rank(kept: Flags) -> NDArray[np.intp]:
            scores = self._raw(kept, columns)
            return np.asarray(1 + (scores > scores[:, :1]).sum(axis=1))

        return rank

    def _raw(self, kept: Flags, columns: list[int]) -> Numbers:
        rows = np.ascontiguousarray(kept, dtype=np.bool_)
        fresh = {row.tobytes(): row for row in rows if row.tobytes() not in self._known}
        sets = list(fresh.values())
        for start in range(0, len(sets), _AT_ONCE):
            self._ask(sets[start : start + _AT_ONCE])
        return np.array([self._known[row.tobytes()][columns] for row in rows], dtype=np.float64)

    def _ask(self, sets: list[Flags]) -> None:
        histories = [
            self._history.only([piece for piece, stays in zip(self.pieces, row, strict=True) if stays]) for row in sets
        ]
        scores = self._system.score(histories, [self._columns] * len(histories))
        self._known.update({row.tobytes(): answer for row, answer in zip(sets, scores, strict=True)})


def history_values(explanation: Explanation, pieces: Sequence[str]) -> Attribution:
    """Return what an explanation says of each piece (K,); 0 of what it does not name."""
    values: dict[str, float] = {}
    for contribution in explanation.contributions:
        if contribution.slot == schema.HISTORY:
            values[contribution.source] = values.get(contribution.source, 0.0) + contribution.value
    return np.array([values.get(piece, 0.0) for piece in pieces])


def read_part(explanation: Explanation, history: History) -> History:
    """Return the rows that the system reads: those its explanation speaks of, or all if it speaks of none."""
    named = {c.source for c in explanation.contributions if c.slot == schema.HISTORY}
    return history.only(named) if named else history


def jittered(history: History, generator: np.random.Generator) -> History | None:
    """Return the history with rows of equal time in another order; None where no two rows have one time."""
    times = np.array(history.timestamps)
    if len(np.unique(times)) == len(times):
        return None
    order = np.lexsort((generator.random(len(times)), times))
    parts = (history.item_ids, history.liked, history.timestamps)
    return History(history.user_id, *(tuple(part[place] for place in order) for part in parts))


def realigned(values: Attribution, order: Sequence[str], pieces: Sequence[str]) -> Attribution:
    """Bring an attribution of pieces in some order back into the order of ``pieces``."""
    by_piece: Mapping[str, float] = dict(zip(order, values.tolist(), strict=True))
    return np.array([by_piece[piece] for piece in pieces])
