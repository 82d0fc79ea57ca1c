"""Why a cell is empty, in a sentence."""

from collections.abc import Mapping
from typing import Any

from explainrec_models.reporting.marks import ALL
from explainrec_models.reporting.metrics import CANDIDATES, EXPLANATIONS, POINTWISE, RANKING, Metric

_WHOLE_GROUP = {
    POINTWISE: "every prediction metric",
    RANKING: "every ranking metric",
    CANDIDATES: "every candidate metric",
    EXPLANATIONS: "every explanation metric",
}
"""How ``evaluate`` names a group of metrics that are absent together."""


def reason(
    metric: Metric, system: str, card: Mapping[str, Any], evaluation: Mapping[str, Any], *, part: str = ALL
) -> str:
    """Return the evaluation's own reason or, where it has none, what follows from the system's card.

    Args:
        metric: the column.
        system: the row.
        card: the row's card; empty for what is no system.
        evaluation: report of the stage ``evaluate``.
        part: slice of the rows.
    """
    recorded = evaluation.get("absent", {}).get(system, {})
    suffix = "" if part == ALL else f" ({part})"
    for name in (metric.name, _WHOLE_GROUP.get(metric.group)):
        if f"{name}{suffix}" in recorded:
            return _sentence(recorded[f"{name}{suffix}"])
    if metric.group == EXPLANATIONS and card.get("explains") is False:
        return "The system gives no explanation."
    return "The stage evaluate recorded no value and no reason."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
