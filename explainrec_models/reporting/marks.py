"""Which value of a column leads, and whether the evidence lets it be called best."""

from collections.abc import Mapping

from explainrec_models.reporting.cells import Interval
from explainrec_models.reporting.metrics import Metric

BASELINE = "rates"
"""The system that every other one is paired with in ``intervals.parquet``."""

ALL = "all"
BEST = "best"
LEADING = "leading"


def difference_name(metric: str) -> str:
    """Return the name under which a metric's paired difference from the baseline is kept."""
    return f"{metric}_minus_{BASELINE}"


def marks(
    metric: Metric, values: Mapping[str, float], intervals: Mapping[tuple[str, str, str], Interval]
) -> dict[str, str]:
    """Mark the leading systems of one column.

    A leading value is ``best`` when paired evidence separates it: its difference from the baseline excludes zero or,
    where the baseline itself leads, the runner-up's does. Otherwise it is only ``leading``. A single value leads
    nothing.

    Args:
        metric: the column.
        values: the measured systems.
        intervals: by system, metric and slice.
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
        witness = runner_up if system == BASELINE else system
        difference = intervals.get((witness, difference_name(metric.name), ALL))
        found[system] = BEST if difference is not None and difference.excludes_zero else LEADING
    return found
