"""Why one item rather than another: the contributions of the one minus those of the other, slot by slot.

People who ask why ask why this and not that (Miller, "Explanation in Artificial Intelligence: Insights from the Social
Sciences", arXiv 1706.07269, section 2): what both items owe to the same thing cancels, and the rest is the answer. With
exact contributions the differences sum to the difference of the scores. The choice of words is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from explainrec_models.asking.evidence_lines import Line, lines_of
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation

NAMED = 3
"""Slots that a sentence names on each side."""


@dataclass(frozen=True)
class Contrast:
    """One item against another.

    Attributes:
        score: of the other item.
        differences: what each slot adds to the one beyond what it adds to the other, the largest first.
    """

    item_id: str
    title: str
    score: float
    differences: tuple[Line, ...]
    sentence: str


def contrast(one: Explanation, other: Explanation, history: History, titles: Mapping[str, str]) -> Contrast:
    """Return why one item's score is not the other's."""
    differences: dict[tuple[str, str], float] = {}
    for explanation, sign in ((one, 1.0), (other, -1.0)):
        for c in explanation.contributions:
            differences[c.slot, c.source] = differences.get((c.slot, c.source), 0.0) + sign * c.value
    contributions = [Contribution(slot, source, value) for (slot, source), value in differences.items()]
    lines = lines_of(contributions, history, titles)
    mine, theirs = (f"“{titles[explanation.item_id]}”" for explanation in (one, other))
    sentences = [
        _compared(mine, theirs, one.score - other.score),
        _speaking(mine, theirs, [line for line in lines if line.value > 0]),
        _speaking(theirs, mine, [line for line in lines if line.value < 0]),
    ]
    return Contrast(
        item_id=other.item_id,
        title=titles[other.item_id],
        score=other.score,
        differences=lines,
        sentence=" ".join(sentence for sentence in sentences if sentence),
    )


def _compared(mine: str, theirs: str, gap: float) -> str:
    if gap == 0:
        return f"{mine} and {theirs} score the same."
    return f"{mine} scores {'higher' if gap > 0 else 'lower'} than {theirs} by {abs(gap):.4g}."


def _speaking(winner: str, loser: str, lines: list[Line]) -> str:
    if not lines:
        return f"Nothing speaks for {winner} rather than {loser}."
    named = [f"{line.words} ({abs(line.value):.4g})" for line in lines[:NAMED]]
    more = f"; and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return f"For {winner} rather than {loser}: {'; '.join(named)}{more}."
