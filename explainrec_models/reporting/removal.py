"""The deletion test of one recommendation in words: how the score stands without what speaks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from explainrec_models.data import schema
from explainrec_models.reporting import columns
from explainrec_models.reporting.scores import standing

CITED, RANDOM, POPULAR = columns.REMOVALS
_CONTROLS = {
    RANDOM: ("as many random ones", "a random one"),
    POPULAR: ("as many of the most popular", "the most popular"),
}
"""In words, for several items and for one."""


@dataclass(frozen=True)
class Removal:
    """What a system answered when it was asked again without some history items.

    Attributes:
        before: score or probability with all history items that have a share in it.
        after: the same without the items.
        without: which items; the strongest ones, of which the reason may name fewer.
        controls: the same without other items, for scale.
    """

    before: str
    after: str
    without: str
    controls: str


def removal(deletions: Iterable[Mapping[str, Any]], *, read: int, log_odds: bool) -> Removal | None:
    """Word the deletions of one recommendation, None where nothing was deleted.

    Args:
        deletions: rows of one user and item.
        read: history items that have a share in the score; the controls are drawn from them.
        log_odds: whether the score is.
    """
    rows = {row[columns.REMOVED]: row for row in deletions}
    if CITED not in rows:
        return None
    cited = rows[CITED]
    after = {name: standing(row[columns.SCORE_WITHOUT], log_odds=log_odds) for name, row in rows.items()}
    count = cited[columns.COUNT]
    return Removal(
        before=standing(cited[schema.SCORE], log_odds=log_odds),
        after=after[CITED],
        without=_items(count),
        controls=_controls(after, count, read),
    )


def _items(count: int) -> str:
    return (
        "the history item that speaks most for it"
        if count == 1
        else f"the {count} history items that speak most for it"
    )


def _controls(after: Mapping[str, str], count: int, read: int) -> str:
    if count >= read:
        # Any other choice of as many items is the same choice, and no control.
        return "the system read no others"
    return ", ".join(f"{after[name]} without {words[count == 1]}" for name, words in _CONTROLS.items() if name in after)
