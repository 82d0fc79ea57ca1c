"""Numbers that papers print, kept apart from what was measured here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explainrec_models.reporting.inputs import SystemCard
from explainrec_models.reporting.metrics import Metric


@dataclass(frozen=True)
class Quotation:
    """One printed number with its source."""

    title: str
    dataset: str
    metric: str
    value: str
    source: str


def quotations(cards: Mapping[str, SystemCard]) -> list[Quotation]:
    """List every quoted number of every card."""
    return [
        Quotation(card.title, str(quote["dataset"]), str(quote["metric"]), f"{quote['value']:g}", str(quote["source"]))
        for card in cards.values()
        for quote in card.card.get("quoted", ())
    ]


def quoted_cell_value(card: Mapping[str, Any], dataset: str, metric: Metric) -> tuple[float, str] | None:
    """Return value and source of a number that was printed for this very dataset and metric."""
    for quote in card.get("quoted", ()):
        if quote["dataset"] == dataset and str(quote["metric"]).lower() in {metric.name, metric.label.lower()}:
            return float(quote["value"]), str(quote["source"])
    return None
