"""The main table: systems by metrics over all held-out rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from explainrec_models.reporting.absence import reason
from explainrec_models.reporting.cells import Aside, Cell, Column, Footnotes, Interval, Row, Table, read_intervals
from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.marks import ALL, baseline, marks
from explainrec_models.reporting.metrics import Metric, shown_metrics
from explainrec_models.reporting.quoted import quoted_cell_value

LABELS = "labels"
"""Name under which ``evaluate`` measures the attribution labels themselves."""


def comparison(inputs: DatasetInputs, cards: Mapping[str, SystemCard]) -> Table:
    """Build the table of one dataset, one row a system in the order of ``cards``; the labels come last."""
    intervals, notes = read_intervals(inputs.intervals), Footnotes()
    marked, shown = {}, columns_of(inputs)
    for metric in shown:
        values = {s: inputs.metrics[s][metric.name] for s in cards if metric.name in inputs.metrics.get(s, {})}
        marked[metric.name] = marks(metric, values, intervals, baseline(inputs))
    rows = []
    for system, card in cards.items():
        cells = tuple(
            _measured(metric, system, inputs, intervals, marked[metric.name].get(system, ""))
            or _quoted(metric, card.card, inputs.key, notes)
            or Cell(metric.name, note=notes.letter(reason(metric, system, card.card, inputs.evaluation)))
            for metric in shown
        )
        rows.append(
            Row(
                system,
                card.title,
                ranking_label(card.card, inputs.evaluation.get("ranking", {}).get(system, {})),
                cells,
            )
        )
    if LABELS in inputs.metrics:
        rows.append(_labels_row(inputs, intervals, notes, shown))
    heads = tuple(Column(f"{metric.label} {metric.arrow}", metric.meaning) for metric in shown)
    return Table(_groups(shown), heads, tuple(rows), notes.listed())


def columns_of(inputs: DatasetInputs) -> tuple[Metric, ...]:
    """Return the columns of one dataset's table."""
    return shown_metrics({name for measured in inputs.metrics.values() for name in measured})


def ranking_label(card: Mapping[str, Any], ranking: Mapping[str, Any]) -> str:
    """Say what a system's ranking columns stand on; nothing for the default, ranking the whole catalogue.

    Args:
        card: the system's card.
        ranking: what the evaluation reports of the system's lists.
    """
    if card["full_ranking"]:
        return ""
    length = ranking.get("shortest_list")
    return f"re-ranks the retriever's top {length}" if length else "re-ranks the retriever's list"


def _measured(
    metric: Metric,
    system: str,
    inputs: DatasetInputs,
    intervals: Mapping[tuple[str, str, str], Interval],
    mark: str = "",
) -> Cell | None:
    measured = inputs.metrics.get(system, {})
    if metric.name not in measured:
        return None
    beside = tuple(Aside(name, label, measured[name]) for name, label in metric.beside if name in measured)
    return Cell(metric.name, measured[metric.name], intervals.get((system, metric.name, ALL)), mark, beside=beside)


def _quoted(metric: Metric, card: Mapping[str, Any], dataset: str, notes: Footnotes) -> Cell | None:
    quotation = quoted_cell_value(card, dataset, metric)
    if quotation is None:
        return None
    value, source = quotation
    return Cell(metric.name, value, quoted=True, note=notes.letter(f"Quoted, not measured here: {source}."))


def _labels_row(
    inputs: DatasetInputs,
    intervals: Mapping[tuple[str, str, str], Interval],
    notes: Footnotes,
    shown: Sequence[Metric],
) -> Row:
    cells = tuple(
        _measured(metric, LABELS, inputs, intervals)
        or Cell(metric.name, note=notes.letter("The labels are what systems are taught; they predict nothing."))
        for metric in shown
    )
    return Row(LABELS, "Attribution labels", "the teacher, not a system", cells)


def _groups(shown: Sequence[Metric]) -> tuple[tuple[str, int], ...]:
    names = [metric.group for metric in shown]
    return tuple((name, names.count(name)) for name in dict.fromkeys(names))
