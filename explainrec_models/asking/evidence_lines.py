"""Contributions as lines to read: what each one is in words, its signed value, and what they come to together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.wording import attribute_words

TOLERANCE = 1e-4
"""Of a sum of single-precision numbers, relative to the sum of their sizes."""


@dataclass(frozen=True)
class Line:
    """One signed share of a score, or of a difference between two."""

    slot: str
    source: str
    words: str
    value: float


def lines_of(contributions: Iterable[Contribution], history: History, titles: Mapping[str, str]) -> tuple[Line, ...]:
    """Return a line for every contribution, the largest first."""
    liked = dict(zip(history.item_ids, history.liked, strict=True))
    lines = [Line(c.slot, c.source, words_of(c, liked, titles), c.value) for c in contributions]
    return tuple(sorted(lines, key=lambda line: (-abs(line.value), line.slot, line.source)))


def words_of(contribution: Contribution, liked: Mapping[str, bool], titles: Mapping[str, str]) -> str:
    """Return what a contribution comes from."""
    if contribution.slot == schema.HISTORY:
        verb = "liked" if liked.get(contribution.source) else "did not like"
        return f"you {verb} “{titles.get(contribution.source, contribution.source)}”"
    if contribution.slot == schema.PRIOR:
        return "the same for everyone"
    if contribution.slot == schema.ASPECT:
        return contribution.source
    return attribute_words(contribution.source)


def sums_up(explanation: Explanation) -> bool:
    """Return whether the contributions of a score sum to it; those of leave-one-out need not."""
    values = [c.value for c in explanation.contributions]
    return abs(sum(values) - explanation.score) <= TOLERANCE * max(1.0, sum(map(abs, values)))
