"""Secondary tables: warm and cold users apart, paired differences, and deletion by number of items."""

from collections.abc import Mapping

import polars as pl

from explainrec_models.data import schema
from explainrec_models.reporting import columns
from explainrec_models.reporting.absence import reason
from explainrec_models.reporting.cells import Cell, Column, Footnotes, Row, Table, read_intervals
from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.marks import ALL, baseline, difference_name
from explainrec_models.reporting.metrics import METRICS

SLICES = ("warm", "cold")
APART = "apart"
"""Mark of a difference whose interval excludes zero."""


def slices(inputs: DatasetInputs, cards: Mapping[str, SystemCard]) -> Table:
    """Build the table of every metric that was measured on warm or cold users."""
    intervals, notes = read_intervals(inputs.intervals), Footnotes()
    measured = {(metric, part) for _, metric, part in intervals}
    shown = [metric for metric in METRICS if any((metric.name, part) in measured for part in SLICES)]
    rows = []
    for system, card in cards.items():
        cells = []
        for metric in shown:
            for part in SLICES:
                interval = intervals.get((system, metric.name, part))
                if interval is None:
                    why = reason(metric, system, card.card, inputs.evaluation, part=part)
                    cells.append(Cell(metric.name, note=notes.letter(f"On {part} users: {why}")))
                else:
                    cells.append(Cell(metric.name, interval.value, interval))
        rows.append(Row(system, card.title, "", tuple(cells)))
    groups = tuple((f"{metric.label} {metric.arrow}", len(SLICES)) for metric in shown)
    return Table(groups, tuple(Column(part) for _ in shown for part in SLICES), tuple(rows), notes.listed())


def differences(inputs: DatasetInputs, cards: Mapping[str, SystemCard]) -> Table:
    """Build the table of each system's paired difference from the baseline."""
    intervals, notes, base = read_intervals(inputs.intervals), Footnotes(), baseline(inputs)
    measured = {name for _, name, part in intervals if part == ALL}
    shown = [metric for metric in METRICS if difference_name(metric.name, base) in measured]
    rows = []
    for system, card in cards.items():
        if system == base:
            continue
        cells = []
        for metric in shown:
            interval = intervals.get((system, difference_name(metric.name, base), ALL))
            if interval is None:
                cells.append(Cell(metric.name, note=notes.letter("One of the two systems has no value.")))
            else:
                cells.append(Cell(metric.name, interval.value, interval, APART if interval.excludes_zero else ""))
        rows.append(Row(system, card.title, "", tuple(cells)))
    heads = tuple(Column(f"{metric.label} {metric.arrow}", metric.meaning) for metric in shown)
    return Table((), heads, tuple(rows), notes.listed())


def deletions(inputs: DatasetInputs, cards: Mapping[str, SystemCard]) -> Table:
    """Build the table of the mean fall of the score by what and how many history items were deleted."""
    notes = Footnotes()
    counts = sorted(inputs.deletion[columns.COUNT].unique().to_list())
    rows = []
    for system, card in cards.items():
        mine = inputs.deletion.filter(pl.col(schema.SYSTEM) == system)
        found = {(removed, count): drop for removed, count, drop in mine.select(*_DELETION).iter_rows()}
        for removed in columns.REMOVALS if found else ():
            cells = tuple(
                Cell(columns.MEAN_SCORE_DROP, found[removed, count])
                if (removed, count) in found
                else Cell(columns.MEAN_SCORE_DROP, note=notes.letter("No recommendation had so many items deleted."))
                for count in counts
            )
            rows.append(Row(system, card.title, removed, cells))
    heads = tuple(Column(f"{count} item{'s' if count > 1 else ''}") for count in counts)
    return Table((), heads, tuple(rows), notes.listed())


_DELETION = (columns.REMOVED, columns.COUNT, columns.MEAN_SCORE_DROP)
