"""An explanation as data: signed contributions of history items, attributes and the prior."""

from collections.abc import Iterable
from dataclasses import dataclass

from explainrec_models.data import schema


@dataclass(frozen=True)
class Contribution:
    """One slot's signed share of a score.

    Attributes:
        slot: ``schema.HISTORY``, ``schema.ATTRIBUTE`` or ``schema.PRIOR``.
        source: the item id, the attribute or ``schema.PRIOR``.
        value: in units of the system's score; negative counts against the item.
    """

    slot: str
    source: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """Why one item got its score.

    Attributes:
        method: how the contributions were computed ("exact linear", "leave-one-out").
    """

    user_id: str
    item_id: str
    score: float
    contributions: tuple[Contribution, ...]
    method: str

    def strongest(self, limit: int, *, slots: Iterable[str] = (schema.HISTORY, schema.ATTRIBUTE)) -> list[Contribution]:
        """Return the largest positive contributions of these slots, best first."""
        wanted = set(slots)
        positive = [c for c in self.contributions if c.slot in wanted and c.value > 0]
        return sorted(positive, key=lambda c: (-c.value, c.source))[:limit]
