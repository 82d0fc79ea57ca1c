"""The figures of a dataset: accuracy with intervals, reliability, and what deleting the cited items does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from markupsafe import Markup

from explainrec_models.data import schema
from explainrec_models.reporting import columns
from explainrec_models.reporting.cells import Interval, number, read_intervals
from explainrec_models.reporting.drawing import ACCENT, CONTRAST, INK, LINE, MUTED, PAPER, draw
from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.marks import ALL
from explainrec_models.reporting.metrics import CITED_DELETION, POPULAR_DELETION, RANDOM_DELETION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 4.6
"""Inches of a figure; drawn narrow, so that its text stays readable on a phone."""
ROW_HEIGHT = 0.34
CHANCE = 0.5

REMOVALS = {
    CITED_DELETION: ("cited", "o", ACCENT),
    RANDOM_DELETION: ("random", "s", MUTED),
    POPULAR_DELETION: ("popular", "D", CONTRAST),
}


@dataclass(frozen=True)
class Reliability:
    """The reliability curve of one system."""

    title: str
    figure: Markup


@dataclass(frozen=True)
class Figures:
    """The drawings of a dataset; none where nothing was measured."""

    accuracy: Markup | None
    deletion: Markup | None
    reliability: tuple[Reliability, ...]


def figures(inputs: DatasetInputs, cards: Mapping[str, SystemCard]) -> Figures:
    """Draw everything there are numbers for."""
    intervals = read_intervals(inputs.intervals)
    titles = {system: card.title for system, card in cards.items()}
    return Figures(
        accuracy=_accuracy(inputs.key, titles, intervals),
        deletion=_deletion(inputs.key, titles, intervals),
        reliability=tuple(
            Reliability(title, _reliability(inputs.key, system, title, rows))
            for system, title in titles.items()
            if not (rows := inputs.calibration.filter(pl.col(schema.SYSTEM) == system)).is_empty()
        ),
    )


def _accuracy(key: str, titles: Mapping[str, str], intervals: Mapping[tuple[str, str, str], Interval]) -> Markup | None:
    found = [(title, intervals.get((system, "auc_score", ALL))) for system, title in titles.items()]
    shown = [(title, interval) for title, interval in found if interval is not None]
    if not shown:
        return None

    def paint(axes: "Axes") -> None:
        axes.axvline(CHANCE, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        for row, (_, interval) in enumerate(shown):
            _whisker(axes, row, interval, "o", ACCENT)
        _name_rows(axes, [title for title, _ in shown])
        axes.set_xlabel("AUC on held-out rows (dashed: chance)")

    words = "; ".join(f"{title} {number(interval.value)} ({interval.bounds})" for title, interval in shown)
    return draw(paint, width=WIDTH, height=_height(len(shown)), name=f"accuracy-{key}", description=f"AUC: {words}.")


def _deletion(key: str, titles: Mapping[str, str], intervals: Mapping[tuple[str, str, str], Interval]) -> Markup | None:
    shown = [system for system in titles if any((system, metric, ALL) in intervals for metric in REMOVALS)]
    if not shown:
        return None

    def paint(axes: "Axes") -> None:
        axes.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        for place, (metric, (label, marker, colour)) in enumerate(REMOVALS.items()):
            for row, system in enumerate(shown):
                interval = intervals.get((system, metric, ALL))
                if interval is not None:
                    _whisker(axes, row + 0.24 * (place - 1), interval, marker, colour)
            axes.plot([], [], marker, color=colour, markersize=5, label=label)
        _name_rows(axes, [titles[system] for system in shown])
        axes.set_xlabel("fall of the score after deleting history items")
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            frameon=False,
            fontsize=8.5,
            handletextpad=0.2,
            borderpad=0,
        )

    words = "; ".join(_deletion_in_words(titles[system], system, intervals) for system in shown)
    return draw(
        paint,
        width=WIDTH,
        height=_height(2 * len(shown)) + 0.3,
        name=f"deletion-{key}",
        description=f"Fall of the score after deletion: {words}.",
    )


def _deletion_in_words(title: str, system: str, intervals: Mapping[tuple[str, str, str], Interval]) -> str:
    found = [
        f"{label} {number(interval.value)}"
        for metric, (label, _, _) in REMOVALS.items()
        if (interval := intervals.get((system, metric, ALL))) is not None
    ]
    return f"{title}: {', '.join(found)}"


def _reliability(key: str, system: str, title: str, rows: pl.DataFrame) -> Markup:
    ordered = rows.sort(columns.MEAN_PROBABILITY)
    stated, observed = ordered[columns.MEAN_PROBABILITY].to_list(), ordered[columns.LIKE_SHARE].to_list()
    largest = max(ordered[columns.ROWS].to_list())
    sizes = [12 + 40 * count / largest for count in ordered[columns.ROWS].to_list()]

    def paint(axes: "Axes") -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        axes.plot(stated, observed, color=ACCENT, linewidth=1.4)
        axes.scatter(stated, observed, s=sizes, color=ACCENT, edgecolor=PAPER, linewidth=0.8, zorder=3)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), aspect="equal")
        axes.set_xlabel("stated probability")
        axes.set_ylabel("observed share of likes")

    points = ", ".join(f"{number(x)} stated {number(y)} observed" for x, y in zip(stated, observed, strict=True))
    description = f"Reliability of {title}: {points}."
    return draw(paint, width=2.3, height=2.3, name=f"reliability-{key}-{system}", description=description)


def _whisker(axes: "Axes", place: float, interval: Interval, marker: str, colour: str) -> None:
    if interval.low is not None and interval.high is not None:
        axes.plot([interval.low, interval.high], [place, place], color=colour, linewidth=1.6, solid_capstyle="round")
    axes.plot([interval.value], [place], marker, color=colour, markersize=6, markeredgecolor=PAPER, markeredgewidth=0.8)


def _name_rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def _height(rows: int) -> float:
    return 0.7 + ROW_HEIGHT * rows
