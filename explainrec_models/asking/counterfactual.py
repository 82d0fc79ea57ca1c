"""The part of the history without which the answer would be another one, found by really asking without it.

A minimal set of the user's own actions, as in Ghazimatin et al., "PRINCE" (WSDM 2020, arXiv 1911.08378). Searched
greedily along the positive contributions, the strongest first; then whatever turns out not to be needed is put back,
until every item left is needed. What is reported was scored: a contribution alone proves nothing here. A greedy search
may miss a smaller set of other items.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainrec_models.asking.session import Session
from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.evaluation.explanation.evidence import Flags, Holds, first_removed, importance_order
from explainrec_models.parts.explanation import Explanation

BATCH = 8
"""Trials that are scored at once: few, since the first often suffice and a language model reads each."""
HALF = 0.5
_SAME = 1e-3
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Standing:
    """How an item stands with some history.

    Attributes:
        place: among the candidates, 1 being the first; None where it is in the history and so is never recommended.
        probability: of a like, where the system gives one.
    """

    score: float
    place: int | None
    probability: float | None


@dataclass(frozen=True)
class Counterfactual:
    """What would have to be missing.

    Attributes:
        removed: ids of the history items, none of which can be put back; empty where no such set was found.
        without: how the item stands without them; None where none was found.
    """

    removed: tuple[str, ...]
    without: Standing | None
    sentence: str


def probability_of(score: float) -> float:
    """Return the probability of log-odds.

    >>> probability_of(0.0)
    0.5
    """
    return float(1 / (1 + np.exp(-np.float64(score))))


def standings(session: Session, histories: Sequence[History], item: str) -> list[Standing]:
    """Return how a candidate stands with each history."""
    scores = session.scores(histories)
    places = session.places(session.order(histories, scores), item)
    own = scores[:, session.candidates.index(item)]
    seen = item in session.history.item_ids
    return [
        Standing(float(score), None if seen else int(place), probability_of(score) if session.log_odds else None)
        for score, place in zip(own, places, strict=True)
    ]


def counterfactual(session: Session, explanation: Explanation, standing: Standing, *, top: int) -> Counterfactual:
    """Return the history items without which the item leaves the top of the list or is not expected to be liked.

    Args:
        session: with the item among its candidates.
        explanation: of the item's score.
        standing: of the item with the whole history.
        top: length of the list that the user sees.
    """
    listed = standing.place is not None and standing.place <= top
    likely = standing.probability is not None and standing.probability > HALF
    if not listed and not likely:
        return Counterfactual((), None, _not_recommended(standing, top))
    supporting = [c for c in explanation.contributions if c.slot == schema.HISTORY and c.value > 0]
    sources = [c.source for c in supporting]
    if not sources:
        return Counterfactual((), None, "Nothing in the history speaks for it, so nothing there can be missed.")
    read = _read(session, explanation, standing)

    def trial(kept: NDArray[np.bool_]) -> list[Standing]:
        histories = [
            read.without(source for source, stays in zip(sources, row, strict=True) if not stays) for row in kept
        ]
        return standings(session, histories, explanation.item_id)

    def holds(kept: Flags) -> Flags:
        return np.array(
            [
                (not listed or (s.place is not None and s.place <= top))
                and (not likely or (s.probability is not None and s.probability > HALF))
                for s in trial(kept)
            ]
        )

    found = minimal(holds, [c.value for c in supporting])
    if found is None:
        (last,) = trial(np.zeros((1, len(sources)), dtype=np.bool_))
        return Counterfactual((), None, _none_found(len(sources), last))
    kept = np.ones((1, len(sources)), dtype=np.bool_)
    kept[0, list(found)] = False
    (without,) = trial(kept)
    removed = tuple(sources[place] for place in found)
    titles = [session.titles[source] for source in removed]
    return Counterfactual(removed, without, _found(titles, standing, without, top if listed else None))


def minimal(holds: Holds, attribution: Sequence[float]) -> tuple[int, ...] | None:
    """Return the places of a set whose removal makes the answer fall and no item of which can be put back.

    Args:
        holds: asked about kept evidence (N, K).
        attribution: how strongly each of the K pieces speaks for the answer.

    Returns:
        The strongest first; None where the answer stands with all pieces removed one after another.
    """
    order = importance_order(attribution)
    removed: list[int] | None = None
    for start in range(0, len(order), BATCH):
        counts = range(start + 1, min(start + BATCH, len(order)) + 1)
        fallen = np.flatnonzero(~holds(first_removed(order, counts)))
        if len(fallen):
            removed = order[: counts[int(fallen[0])]].tolist()
            break
    if removed is None:
        return None
    # Once round is not enough where evidence interacts: what was needed may not be once something else is back.
    while (fewer := _one_fewer(holds, removed, len(order))) is not None:
        removed = fewer
    return tuple(removed)


def _one_fewer(holds: Holds, removed: list[int], pieces: int) -> list[int] | None:
    """Return the set without the weakest item that can be put back, None where all are needed."""
    if len(removed) == 1:
        return None
    smaller = [removed[:place] + removed[place + 1 :] for place in reversed(range(len(removed)))]
    for start in range(0, len(smaller), BATCH):
        tried = smaller[start : start + BATCH]
        kept = np.ones((len(tried), pieces), dtype=np.bool_)
        for row, places in enumerate(tried):
            kept[row, places] = False
        fallen = np.flatnonzero(~holds(kept))
        if len(fallen):
            return tried[int(fallen[0])]
    return None


def _read(session: Session, explanation: Explanation, standing: Standing) -> History:
    """Return the rows that the system reads: a window filled up with older ones would hide what a deletion did."""
    part = session.history.only(c.source for c in explanation.contributions if c.slot == schema.HISTORY)
    if len(part) == len(session.history):
        return part
    (alone,) = standings(session, [part], explanation.item_id)
    # A system may read more than it lists; then every trial has all of it.
    same = abs(alone.score - standing.score) <= _SAME * max(1.0, abs(standing.score))
    return part if same else session.history


def _found(titles: Sequence[str], before: Standing, without: Standing, top: int | None) -> str:
    count = _NUMBERS[len(titles)] if len(titles) < len(_NUMBERS) else str(len(titles))
    these = "this one" if len(titles) == 1 else f"these {count}"
    named = ", ".join(f"“{title}”" for title in titles)
    unseen = top is not None and without.place is not None and without.place > top
    then = "you would not have seen it" if unseen else "you would not be expected to like it"
    return f"Without {these} {then}: {named}. {_change(before, without, place=unseen)}"


def _change(before: Standing, without: Standing, *, place: bool) -> str:
    if place:
        return f"Its place would be {without.place:,} instead of {before.place:,}."
    return f"The probability would be {without.probability:.0%} instead of {before.probability:.0%}."


def _not_recommended(standing: Standing, top: int) -> str:
    if standing.place is None:
        return "It is in the history, and so is never recommended."
    unlikely = "" if standing.probability is None else f" and its probability is {standing.probability:.0%}"
    return f"Its place is {standing.place:,}, outside of the top {top}{unlikely}: there is no answer that could fall."


def _none_found(pieces: int, last: Standing) -> str:
    what = "the one item" if pieces == 1 else f"all {pieces} items"
    stands = f"place {last.place:,}" if last.place is not None else f"a probability of {last.probability:.0%}"
    return (
        "No part of the history was found without which the answer would change: without "
        f"{what} that speak{'s' if pieces == 1 else ''} for it, it still has {stands}."
    )
