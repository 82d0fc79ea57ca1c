"""Sessions: a person's history and questions about it, each question seeing only the rows before its own moment.

One sequence of a language model holds the history once and all questions behind it (tree attention, as in multi-item
scoring), instead of one prompt a question.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data.histories import History
from explainrec_models.parts.evidence import FEATURES, EvidenceTable, Past, newcomer
from explainrec_models.parts.item_effects import Ratings

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Session:
    """One person. ``H`` rows of history, ``C`` questions.

    Attributes:
        past: rows, oldest first (H).
        candidates: items in question (C).
        liked: the right answers (C); NaN where unknown.
        seen: how many rows of the past a question may see (C).
        hidden: an item of the past that a question may not see, -1 for none (C).
        features: countable evidence (C, features).
        unrated: the same as if nobody had rated the items in question, where it was counted (C, features).
        cold: whether a question's item passes as one that nobody has rated (C).
        new: whether a question's person passes as one without a history (C).
        blind: whether a question's item has no picture (C).
        fold: which counts made the features, -1 for those of all training rows.
    """

    past: Past
    candidates: NDArray[np.intp]
    liked: NDArray[np.float64]
    seen: NDArray[np.intp]
    hidden: NDArray[np.intp]
    features: Matrix
    unrated: Matrix
    cold: NDArray[np.bool_]
    new: NDArray[np.bool_]
    blind: NDArray[np.bool_]
    fold: int = -1

    def __len__(self) -> int:
        """Count tokens: one a row and one a question."""
        return len(self.past.items) + len(self.candidates)


def questions(
    past: Past, candidates: NDArray[np.intp], features: Matrix, *, hidden: NDArray[np.intp] | None = None
) -> Session:
    """Return a session whose questions see the whole past but for what is hidden from them."""
    count = len(candidates)
    never = np.zeros(count, dtype=bool)
    nothing = np.full(count, -1, dtype=np.intp)
    return Session(
        past=past,
        candidates=candidates,
        liked=np.full(count, np.nan),
        seen=np.full(count, len(past.items), dtype=np.intp),
        hidden=nothing if hidden is None else hidden,
        features=features,
        unrated=features,
        cold=never,
        new=never,
        blind=never,
    )


def past_of(history: History, position: Mapping[str, int]) -> Past:
    """Return a history as indices into a catalogue; rows of other items are not part of it."""
    rows = zip(history.item_ids, history.liked, strict=True)
    kept = [(position[item], float(like)) for item, like in rows if item in position]
    items, liked = zip(*kept, strict=True) if kept else ((), ())
    return Past(np.array(items, dtype=np.intp), np.array(liked, dtype=np.float64))


def places_of(item_ids: Iterable[str], position: Mapping[str, int]) -> NDArray[np.intp]:
    """Return items as indices into a catalogue, -1 for one that it does not hold."""
    return np.array([position.get(item, -1) for item in item_ids], dtype=np.intp)


def training_sessions(
    rows: Ratings, moments: NDArray[np.int64], user: int, table: EvidenceTable, *, fold: int, window: int, size: int
) -> Iterator[Session]:
    """Yield a person's rows as questions, ``size`` at a time, each behind the ``window`` rows before the first of them.

    Args:
        rows: of everybody, in time order.
        moments: of the rows.
        user: whose rows.
        table: fitted without this user's rows.
        fold: whose counts those are.
        window: rows of history in front of the first question.
        size: questions a session.
    """
    mine = np.flatnonzero(rows.users == user)
    items, liked, when = rows.items[mine], rows.liked[mine], moments[mine]
    for start in range(0, len(mine), size):
        stop = min(start + size, len(mine))
        first = max(0, start - window)
        asked = np.arange(start, stop)
        # Rows of one moment do not see one another: only strictly earlier ones are the past.
        earlier = np.searchsorted(when, when[asked], side="left")
        features = np.zeros((len(asked), len(FEATURES)), dtype=np.float32)
        unrated = features.copy()
        for before in np.unique(earlier):
            at = earlier == before
            past = Past(items[:before], liked[:before])
            features[at] = table.features(past, items[asked[at]])
            unrated[at] = table.features(past, items[asked[at]], rated=False)
        session = questions(Past(items[first:stop], liked[first:stop]), items[asked], features)
        yield replace(session, unrated=unrated, liked=liked[asked], seen=np.maximum(earlier - first, 0), fold=fold)


def with_drops(session: Session, generator: np.random.Generator, *, cold: float, new: float, blind: float) -> Session:
    """Return the session with what is known taken away at random, as DropoutNet does (Volkovs et al., NeurIPS 2017).

    Args:
        session: to change.
        generator: of the choices.
        cold: share of questions whose item passes as unrated.
        new: share of questions asked as if without a history.
        blind: share of questions whose item loses its picture.
    """
    count = len(session.candidates)
    is_cold, is_new, is_blind = (generator.random(count) < share for share in (cold, new, blind))
    features = session.features.copy()
    features[is_cold] = session.unrated[is_cold]
    features[is_new] = newcomer(features)[is_new]
    return replace(session, features=features, cold=is_cold, new=is_new, blind=is_blind)


def packs(sessions: Sequence[Session], order: Sequence[int], limit: int) -> list[list[int]]:
    """Group places of sessions, taken in order, into sequences of at most ``limit`` tokens (or one longer session)."""
    groups: list[list[int]] = []
    room = 0
    for place in order:
        if not groups or len(sessions[place]) > room:
            groups.append([])
            room = limit
        groups[-1].append(place)
        room -= len(sessions[place])
    return groups
