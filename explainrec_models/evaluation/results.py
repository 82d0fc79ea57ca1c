"""Collecting values, intervals and the reasons why a value is absent."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import Measure, Weights, bootstrap_interval, difference

_DIGITS = 9
"""Significant digits that are written: below them, threads may sum in another order."""

_SCHEMA = {
    schema.SYSTEM: pl.String,
    c.METRIC: pl.String,
    c.SLICE: pl.String,
    c.VALUE: pl.Float64,
    c.LOW: pl.Float64,
    c.HIGH: pl.Float64,
    c.USERS: pl.Int64,
    c.ROWS: pl.Int64,
}


class Results:
    """The comparison as it grows: ``absent`` and ``undefined`` are ready for the stage report."""

    def __init__(self) -> None:
        self.absent: dict[str, dict[str, str]] = {}
        self.undefined: dict[str, dict[str, int]] = {}
        self._rows: list[tuple[str, str, str, float, float | None, float | None, int, int]] = []

    def add(
        self,
        system: str,
        metric: str,
        measure: Measure,
        weights: Weights,
        *,
        part: str = c.ALL,
        empty: str = "no row enters it",
    ) -> None:
        """Resample one metric of one system.

        ``weights`` are multiplicities of the users, and ``part`` the slice of rows, that the measure was built for;
        ``empty`` says in words why no row may enter it.
        """
        if not measure.rows:
            self.miss(system, metric, empty, part=part)
            return
        interval = bootstrap_interval(measure.statistic, weights)
        if not np.isfinite(interval.value):
            self.miss(system, metric, f"not defined on its {measure.rows} rows (one label only)", part=part)
            return
        if interval.undefined:
            self.undefined.setdefault(system, {})[_key(metric, part)] = interval.undefined
        low, high = (None if bound is None else stable(bound) for bound in (interval.low, interval.high))
        self._rows.append((system, metric, part, stable(interval.value), low, high, measure.users, measure.rows))

    def add_all(
        self,
        measures: Mapping[str, Mapping[str, Measure]],
        weights: Weights,
        *,
        reference: str,
        part: str = c.ALL,
    ) -> None:
        """Resample systems measured on the same users, and their paired differences to one of them.

        Args:
            measures: per system, per metric.
            weights: multiplicities shared by all.
            reference: the system the others are compared with.
            part: the slice of rows that the measures were built for.
        """
        for system, by_metric in measures.items():
            for metric, measure in by_metric.items():
                self.add(system, metric, measure, weights, part=part)
                name = f"{metric}_minus_{reference}"
                if system == reference:
                    continue
                if reference not in measures:
                    self.miss(system, name, f"{reference!r} is not among the systems", part=part)
                    continue
                other = measures[reference][metric]
                paired = Measure(difference(measure.statistic, other.statistic), measure.users, measure.rows)
                self.add(system, name, paired, weights, part=part)

    def miss(self, system: str, metric: str, why: str, *, part: str = c.ALL) -> None:
        """Record why a value is absent."""
        self.absent.setdefault(system, {})[_key(metric, part)] = why

    def miss_everything(self, system: str, why: str) -> None:
        """Record why a system has no value at all."""
        for part in (c.ALL, c.WARM, c.COLD):
            self.miss(system, c.EVERY_PREDICTION, why, part=part)
        for group in (c.EVERY_RANKING, c.EVERY_CANDIDATE_RANKING, c.EVERY_EXPLANATION):
            self.miss(system, group, why)

    def intervals(self) -> pl.DataFrame:
        """Return one row a (system, metric, slice)."""
        return pl.DataFrame(self._rows, schema=_SCHEMA, orient="row").sort(schema.SYSTEM, c.METRIC, c.SLICE)

    def values(self) -> dict[str, dict[str, float]]:
        """Return the metrics on all rows; differences are in the intervals only."""
        values: dict[str, dict[str, float]] = {system: {} for system in self.absent}
        for system, metric, part, value, *_ in self._rows:
            if part == c.ALL and "_minus_" not in metric:
                values.setdefault(system, {})[metric] = value
        return values


def stable(value: float) -> float:
    """Round to the digits that are equal on every run."""
    return float(f"{value:.{_DIGITS}g}")


def _key(metric: str, part: str) -> str:
    return metric if part == c.ALL else f"{metric} ({part})"
