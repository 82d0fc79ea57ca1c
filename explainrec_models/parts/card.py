"""The card that every system carries: what it is, what it needs, what was published about it."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class QuotedResult:
    """A number printed in a paper.

    Attributes:
        value: as printed there.
        source: table and arXiv id.
    """

    dataset: str
    metric: str
    value: float
    source: str


@dataclass(frozen=True)
class Card:
    """Facts about a system that tables, tests and the report read."""

    title: str
    task: Literal["pointwise", "ranking", "both"]
    signals: tuple[str, ...]
    """What it reads: ``interactions``, ``titles``, ``attributes``, ``text``, ``images``."""
    needs_language_model: bool
    explains: bool
    cold_items: bool
    """Whether it can score an item without training rows by anything but a constant."""
    full_ranking: bool
    """False: it re-ranks the retriever's list, and tables say so."""
    parts: tuple[str, ...] = ()
    quoted: tuple[QuotedResult, ...] = field(default_factory=tuple)
    status: Literal["measured", "experimental"] = "measured"
