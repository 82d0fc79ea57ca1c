"""Which value of a column leads, and whether the evidence lets it be called best."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explainrec_models.reporting.cells import Interval
from explainrec_models.reporting.metrics import Metric

if TYPE_CHECKING:
    from explainrec_models.reporting.inputs import DatasetInputs

BASELINE = "rates"
"""The system that every other one is paired with in ``intervals.parquet``, unless the evaluation names another."""

ALL = "all"
BEST = "best"
LEADING = "leading"


def baseline(inputs: "DatasetInputs") -> str:
    """Return the baseline of one dataset."""
    return str(inputs.evaluation.get("reference", BASELINE))


def difference_name(metric: str, base: str = BASELINE) -> str:
    """Return the name under which a metric's paired difference from the baseline is kept."""
    return f"{metric}_minus_{base}"


def marks(
    metric: Metric,
    values: Mapping[str, float],
    intervals: Mapping[tuple[str, str, str], Interval],
    base: str = BASELINE,
) -> dict[str, str]:
    """Mark the leading systems of one column.

    A leading value is ``best`` when paired evidence separates it: its difference from the baseline excludes zero or,
    where the baseline itself leads, the runner-up's does. Otherwise it is only ``leading``. A single value leads
    nothing.

    Args:
        metric: the column.
        values: the measured systems.
        intervals: by system, metric and slice.
        base: the baseline.
    """
    if len(values) < 2:  # noqa: PLR2004 -- a comparison takes two
        return {}
    ordered = sorted(values, key=lambda system: values[system] if metric.lower_is_better else -values[system])
    lead = values[ordered[0]]
    leaders = [system for system in ordered if values[system] == lead]
    if len(leaders) == len(values):
        return {}
    runner_up = ordered[len(leaders)]
    found = {}
    for system in leaders:
        witness = runner_up if system == base else system
        difference = intervals.get((witness, difference_name(metric.name, base), ALL))
        found[system] = BEST if difference is not None and difference.excludes_zero else LEADING
    return found
