import numpy as np
import pytest

from explainrec_models.evaluation.bootstrap import Measure, draw_weights, ratio_statistic
from explainrec_models.evaluation.results import Results, stable

WEIGHTS = draw_weights(4, 100, seed=0)


def mean_of(*values: float) -> Measure:
    return Measure(ratio_statistic(values, np.ones(len(values))), users=len(values), rows=len(values))


def test_values_and_paired_differences_to_the_reference() -> None:
    """Means 2.5 and 1.5; the difference is 1 for every user, so its interval is a point."""
    results = Results()
    results.add_all({"rates": {"m": mean_of(0, 1, 2, 3)}, "x": {"m": mean_of(1, 2, 3, 4)}}, WEIGHTS, reference="rates")
    assert results.values() == {"rates": {"m": 1.5}, "x": {"m": 2.5}}
    rows = {(row["system"], row["metric"]): row for row in results.intervals().iter_rows(named=True)}
    assert set(rows) == {("rates", "m"), ("x", "m"), ("x", "m_minus_rates")}
    assert [rows["x", "m_minus_rates"][bound] for bound in ("value", "low", "high")] == [1.0, 1.0, 1.0]
    assert rows["x", "m"]["low"] < 2.5 < rows["x", "m"]["high"]
    assert (rows["x", "m"]["users"], rows["x", "m"]["rows"], rows["x", "m"]["slice"]) == (4, 4, "all")


def test_without_the_reference_differences_are_absent_with_a_reason() -> None:
    results = Results()
    results.add_all({"x": {"m": mean_of(1, 2, 3, 4)}}, WEIGHTS, reference="rates")
    assert results.absent == {"x": {"m_minus_rates": "'rates' is not among the systems"}}


def test_slices_are_in_the_intervals_and_not_in_the_values() -> None:
    results = Results()
    results.add("x", "m", mean_of(1, 2, 3, 4), WEIGHTS, part="warm")
    assert results.values() == {}
    assert results.intervals()["slice"].to_list() == ["warm"]


def test_what_cannot_be_measured_is_absent_and_the_system_stays_listed() -> None:
    results = Results()
    results.add("x", "empty", Measure(ratio_statistic(np.zeros(4), np.zeros(4)), 0, 0), WEIGHTS)
    results.add("x", "undefined", Measure(ratio_statistic(np.zeros(4), np.zeros(4)), 2, 6), WEIGHTS, part="cold")
    assert results.absent == {
        "x": {"empty": "no row enters it", "undefined (cold)": "not defined on its 6 rows (one label only)"}
    }
    assert results.values() == {"x": {}}
    assert results.intervals().is_empty()


def test_undefined_resamples_are_reported() -> None:
    results = Results()
    results.add("x", "m", Measure(ratio_statistic([3.0, 0, 0, 0], [1, 0, 0, 0]), 1, 1), WEIGHTS)
    assert 10 < results.undefined["x"]["m"] < 60


def test_stable_keeps_nine_significant_digits() -> None:
    assert stable(1 / 3) == 0.333333333
    assert stable(1.23456789123e-7) == pytest.approx(1.23456789e-7, rel=1e-15)
