"""The pieces a table is made of: a cell is measured, quoted from a paper, or empty with a reason."""

import math
from dataclasses import dataclass, field
from itertools import accumulate

import polars as pl

from explainrec_models.data import schema
from explainrec_models.reporting import columns

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % bootstrap interval over users; no bounds where too few users leave nothing to resample."""

    value: float
    low: float | None
    high: float | None
    users: int

    @property
    def excludes_zero(self) -> bool:
        """Whether both bounds lie on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def bounds(self) -> str:
        """Both bounds as shown in small type."""
        if self.low is None or self.high is None:
            return "no interval"
        return f"{number(self.low)} to {number(self.high)}"


@dataclass(frozen=True)
class Aside:
    """A second number in small type within a cell."""

    metric: str
    label: str
    value: float

    @property
    def text(self) -> str:
        """The number as shown."""
        return number(self.value)


@dataclass(frozen=True)
class Cell:
    """One place of a table.

    Attributes:
        value: the measured or quoted number; none where the cell is empty.
        mark: ``best``, ``leading`` or nothing.
        quoted: whether the number is a paper's.
        note: letter of the footnote with the quotation's source or the reason for emptiness.
    """

    metric: str
    value: float | None = None
    interval: Interval | None = None
    mark: str = ""
    quoted: bool = False
    note: str = ""
    beside: tuple[Aside, ...] = ()

    @property
    def text(self) -> str:
        """The number as shown."""
        return "" if self.value is None else number(self.value)


@dataclass(frozen=True)
class Row:
    """One system of a table; the label says what kind of ranking its numbers come from."""

    system: str
    title: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """Head of one column."""

    label: str
    title: str = ""


@dataclass
class Footnotes:
    """Gives texts letters in the order of their first use."""

    texts: list[str] = field(default_factory=list)

    def letter(self, text: str) -> str:
        """Return the letter of a text."""
        if text not in self.texts:
            self.texts.append(text)
        rounds, position = divmod(self.texts.index(text), len(LETTERS))
        return LETTERS[position] * (rounds + 1)

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Return letters with their texts."""
        return tuple((self.letter(text), text) for text in self.texts)


@dataclass(frozen=True)
class Table:
    """A table ready for the template.

    Attributes:
        groups: label and width of the groups of columns, in order.
        notes: letters and texts of the footnotes.
    """

    groups: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def starts(self) -> frozenset[int]:
        """Columns that begin a group."""
        return (
            frozenset(accumulate((width for _, width in self.groups[:-1]), initial=0)) if self.groups else frozenset()
        )


def number(value: float) -> str:
    """Write a metric's value.

    >>> number(0.71349), number(-0.0001)
    ('0.713', '0.000')
    """
    text = f"{value:.3f}"
    if float(text) == 0:
        return text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def signed(value: float) -> str:
    """Write a difference or contribution with its sign.

    >>> signed(0.0213)
    '+0.021'
    """
    text = number(value)
    return text if float(f"{value:.3f}") <= 0 else f"+{text}"


def attribute(name: str) -> str:
    """Write an attribute, or a look, as a person reads it.

    >>> attribute("genre:Comedy")
    'genre: Comedy'
    """
    return name.replace(":", ": ", 1)


def read_intervals(table: pl.DataFrame) -> dict[tuple[str, str, str], Interval]:
    """Index the interval table by system, metric and slice; rows without a finite value become empty cells."""
    found = {}
    for row in table.iter_rows(named=True):
        value, low, high = (_finite(row[name]) for name in (columns.VALUE, columns.LOW, columns.HIGH))
        if value is not None:
            key = (row[schema.SYSTEM], row[columns.METRIC], row[columns.SLICE])
            found[key] = Interval(value, low, high, int(row[columns.USERS]))
    return found


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
