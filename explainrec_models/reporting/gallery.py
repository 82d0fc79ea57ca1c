"""Explained recommendations, user by user: history, items, reasons and signed contributions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.reporting import columns
from explainrec_models.reporting.cells import attribute, number, signed
from explainrec_models.reporting.inputs import DatasetInputs, SystemCard, SystemReasons
from explainrec_models.reporting.looks import SystemLooks, system_looks
from explainrec_models.reporting.pictures import Pictures
from explainrec_models.reporting.removal import Removal, removal
from explainrec_models.reporting.scores import gives_log_odds, probability

BARS = 10
"""Contributions shown of one recommendation: the cited ones, then the strongest; the others are summed in one line."""

RECENT = 10
"""History items in plain sight; the earlier ones unfold."""

SLOTS = {
    schema.HISTORY: "History",
    schema.ATTRIBUTE: "Attributes",
    schema.ASPECT: "Aspects",
    schema.PRIOR: "Prior",
}
"""In the order of the page, each with the heading of its bars."""


@dataclass(frozen=True)
class PastItem:
    """An item of the history; ``liked`` is none where the rating is not known."""

    title: str
    liked: bool | None


@dataclass(frozen=True)
class Bar:
    """One contribution as a bar.

    Attributes:
        width: share of the strongest contribution of the same recommendation, in per cent.
        cited: whether the reason in words names it.
    """

    label: str
    value: float
    width: float
    cited: bool

    @property
    def text(self) -> str:
        """The number as shown."""
        return signed(self.value)


@dataclass(frozen=True)
class Group:
    """The bars of one slot."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Recommendation:
    """One explained item.

    Attributes:
        probability: of a like; empty where the score is no log-odds.
        picture: data URI; none where a placeholder stands.
        weaker: what the contributions without a bar sum to.
        removal: none where nothing in the history speaks for the item.
    """

    rank: int
    title: str
    score: str
    probability: str
    reason: str
    method: str
    picture: str | None
    groups: tuple[Group, ...]
    weaker: str
    removal: Removal | None


@dataclass(frozen=True)
class SystemShelf:
    """What one system recommended to one user."""

    system: str
    title: str
    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True)
class Visitor:
    """One user of the gallery; both parts of the history have the most recent item first."""

    user_id: str
    recent: tuple[PastItem, ...]
    earlier: tuple[PastItem, ...]
    shelves: tuple[SystemShelf, ...]


@dataclass(frozen=True)
class Gallery:
    """All users of one dataset, what looks are, and the systems that have nothing to show with the reason."""

    visitors: tuple[Visitor, ...]
    looks: tuple[SystemLooks, ...]
    without: tuple[tuple[str, str], ...]

    @property
    def recommendations(self) -> int:
        """How many explained items there are."""
        return sum(len(shelf.recommendations) for visitor in self.visitors for shelf in visitor.shelves)


@dataclass(frozen=True)
class _Catalogue:
    """Titles and pictures of a dataset's items."""

    raw: Path
    titles: Mapping[str, str]
    images: Mapping[str, str | None]
    pictures: Pictures

    def title(self, item_id: str) -> str:
        return self.titles.get(item_id, item_id)

    def picture(self, item_id: str) -> str | None:
        return self.pictures.thumbnail(self.raw, self.images.get(item_id))


def gallery(inputs: DatasetInputs, cards: Mapping[str, SystemCard], pictures: Pictures) -> Gallery:
    """Build the gallery of one dataset."""
    catalogue = _Catalogue(
        raw=inputs.raw,
        titles=dict(inputs.items.select(schema.ITEM_ID, schema.TITLE).iter_rows()),
        images=dict(inputs.items.select(schema.ITEM_ID, schema.IMAGE).iter_rows()),
        pictures=pictures,
    )
    users = {user for found in inputs.explanations.values() for user in found.reasons[schema.USER_ID]}
    visitors = tuple(_visitor(user, inputs.explanations, cards, catalogue) for user in sorted(users))
    looks = [
        system_looks(cards[system].title, found.contributions, catalogue.picture)
        for system, found in inputs.explanations.items()
    ]
    return Gallery(visitors, tuple(one for one in looks if one.looks), tuple(_without(inputs, cards)))


def _without(inputs: DatasetInputs, cards: Mapping[str, SystemCard]) -> Iterator[tuple[str, str]]:
    for system, card in cards.items():
        if system not in inputs.explanations:
            yield card.title, "its card says that it gives no explanations"
        elif inputs.explanations[system].reasons.is_empty():
            yield card.title, "the stage explain wrote no reasons for this dataset"


def _visitor(
    user: str, explanations: Mapping[str, SystemReasons], cards: Mapping[str, SystemCard], catalogue: _Catalogue
) -> Visitor:
    shelves = []
    past: list[PastItem] = []
    for system, found in explanations.items():
        rows = found.reasons.filter(pl.col(schema.USER_ID) == user).sort(schema.RANK).to_dicts()
        # A system may have read a shorter history than another; the longest one holds them all.
        past = max([past, *(_history(row, catalogue) for row in rows)], key=len)
        log_odds = gives_log_odds(cards[system].card)
        items = tuple(_recommendation(row, found, catalogue, log_odds=log_odds) for row in rows)
        if items:
            shelves.append(SystemShelf(system, cards[system].title, items))
    past.reverse()
    return Visitor(user, tuple(past[:RECENT]), tuple(past[RECENT:]), tuple(shelves))


def _history(row: Mapping[str, Any], catalogue: _Catalogue) -> list[PastItem]:
    items = row[columns.HISTORY_ITEMS] or []
    liked = row.get(columns.HISTORY_LIKED) or [None] * len(items)
    return [PastItem(catalogue.title(item), answer) for item, answer in zip(items, liked, strict=True)]


def _contributions(found: SystemReasons, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return sorted(
        _same_pair(found.contributions, row),
        key=lambda c: (-abs(c[schema.CONTRIBUTION]), c[schema.SLOT], c[schema.SOURCE]),
    )


def _same_pair(table: pl.DataFrame, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a table about the user and the item of this row."""
    user, item = (pl.col(name) == row[name] for name in (schema.USER_ID, schema.ITEM_ID))
    return table.filter(user & item).to_dicts()


def _recommendation(
    row: Mapping[str, Any], found: SystemReasons, catalogue: _Catalogue, *, log_odds: bool
) -> Recommendation:
    contributions = _contributions(found, row)
    cited = set(row[columns.CITED_ITEMS] or ())
    longest = abs(contributions[0][schema.CONTRIBUTION]) if contributions else 0.0
    chosen = sorted(contributions, key=lambda c: not _is_cited(c, cited))
    shown = sorted(chosen[:BARS], key=lambda c: -abs(c[schema.CONTRIBUTION]))
    slots = {heading: [c for c in shown if c[schema.SLOT] == slot] for slot, heading in SLOTS.items()}
    weaker = [float(c[schema.CONTRIBUTION]) for c in chosen[BARS:]]
    return Recommendation(
        rank=row[schema.RANK],
        title=row[schema.TITLE],
        score=number(row[schema.SCORE]),
        probability=probability(row[schema.SCORE]) if log_odds else "",
        reason=row[schema.REASON],
        method=row[columns.METHOD],
        picture=catalogue.picture(row[schema.ITEM_ID]),
        groups=tuple(
            Group(heading, tuple(_bar(c, longest, catalogue, cited=_is_cited(c, cited)) for c in slot))
            for heading, slot in slots.items()
            if slot
        ),
        weaker=_weaker(weaker),
        removal=removal(
            _same_pair(found.deletions, row),
            read=sum(c[schema.SLOT] == schema.HISTORY for c in contributions),
            log_odds=log_odds,
        ),
    )


def _weaker(values: Sequence[float]) -> str:
    if not values:
        return ""
    noun = "weaker contribution adds" if len(values) == 1 else "weaker contributions add"
    return f"{len(values)} {noun} {signed(sum(values))}."


def _is_cited(contribution: Mapping[str, Any], cited: set[str]) -> bool:
    return contribution[schema.SLOT] == schema.HISTORY and contribution[schema.SOURCE] in cited


def _bar(contribution: Mapping[str, Any], longest: float, catalogue: _Catalogue, *, cited: bool) -> Bar:
    slot, source = contribution[schema.SLOT], contribution[schema.SOURCE]
    value = float(contribution[schema.CONTRIBUTION])
    labels = {
        schema.HISTORY: catalogue.title(source),
        schema.ATTRIBUTE: attribute(source),
        schema.ASPECT: source,
        schema.PRIOR: "before any evidence",
    }
    width = round(100 * abs(value) / longest, 1) if longest else 0.0
    return Bar(labels[slot], value, width, cited)
