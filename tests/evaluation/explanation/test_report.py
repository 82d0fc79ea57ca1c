import numpy as np
import polars as pl
import pytest
from invented_models import additive, unstructured

from explainrec_models.errors import DataError, UnknownNameError
from explainrec_models.evaluation.explanation.controls import random_control, recency_control
from explainrec_models.evaluation.explanation.evidence import Score, above
from explainrec_models.evaluation.explanation.examples import MEASURED_SCHEMA, Example, measure_examples
from explainrec_models.evaluation.explanation.leave_one_out import leave_one_out
from explainrec_models.evaluation.explanation.report import report

Row = tuple[int, str, str, str, float | None]


def table(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=MEASURED_SCHEMA, orient="row")


def cell(found: pl.DataFrame, system: str, metric: str) -> dict[str, float]:
    return found.filter((pl.col("system") == system) & (pl.col("metric") == metric)).row(0, named=True)


def test_means_and_differences_by_hand() -> None:
    """Own 1, 2, 6 (mean 3); random has no value for the second: mean 1, difference (1 - 0 + 6 - 2) / 2."""
    found = report(
        table(
            (0, "u", "own", "m_score", 1.0),
            (1, "u", "own", "m_score", 2.0),
            (2, "v", "own", "m_score", 6.0),
            (0, "u", "random", "m_score", 0.0),
            (1, "u", "random", "m_score", None),
            (2, "v", "random", "m_score", 2.0),
        ),
        own="own",
        resamples=50,
        seed=0,
    ).intervals()
    assert cell(found, "own", "m_score")["value"] == 3.0
    assert cell(found, "random", "m_score")["value"] == 1.0
    gap = cell(found, "own", "m_score_minus_random")
    assert (gap["value"], gap["users"], gap["rows"]) == (2.5, 2, 2)


def test_f_ns_is_the_harmonic_mean_of_the_means() -> None:
    """PN = 1/2, PS = 1: 2 · 1/2 / (3/2) = 2/3; the control's PN = 1, PS = 1/2 gives the same: difference 0."""
    rows: list[Row] = [
        (example, user, source, metric, value)
        for source, (pn, ps) in {"own": ((1, 0), (1, 1)), "control": ((1, 1), (0, 1))}.items()
        for metric, both in (("pn_at_3_score", pn), ("ps_at_3_score", ps))
        for example, (user, value) in enumerate(zip("uv", both, strict=True))
    ]
    found = report(table(*rows), own="own", resamples=50, seed=0).intervals()
    assert cell(found, "own", "f_ns_at_3_score")["value"] == pytest.approx(2 / 3)
    assert cell(found, "own", "f_ns_at_3_score_minus_control")["value"] == 0.0


def nearly_additive(seed: int) -> Score:
    noise, weights = unstructured(6, seed=seed), np.random.default_rng(seed).gamma(1.0, size=6).tolist()
    return lambda kept: additive(weights)(kept) + 0.1 * noise(kept)


def test_the_models_own_behaviour_beats_what_knows_nothing_of_it() -> None:
    """Forty users: leave-one-out of models of six pieces is above random, the interval excludes 0."""
    examples = []
    for number in range(40):
        score = nearly_additive(number)
        sources = {
            "loo": leave_one_out(score, 6),
            "random": random_control(6, seed=number),
            "recency": recency_control(6),
        }
        examples.append(
            Example(
                f"u{number:02}", score, sources, above(score, 0.7 * float(score(np.ones((1, 6), dtype=np.bool_))[0]))
            )
        )
    found = report(measure_examples(examples), own="loo", resamples=300, seed=1).intervals()
    for control in ("random", "recency"):
        for metric in ("comprehensiveness_relative_score", "insertion_area_relative_score", "pn_at_1_score"):
            assert cell(found, "loo", f"{metric}_minus_{control}")["low"] > 0
        assert cell(found, "loo", f"deletion_area_relative_error_minus_{control}")["high"] < 0


def test_tables_that_cannot_be_reported_are_refused() -> None:
    row: Row = (0, "u", "own", "m_score", 1.0)
    with pytest.raises(DataError, match=r"lacks the column\(s\) value"):
        report(table(row).drop("value"), own="own", resamples=5, seed=0)
    with pytest.raises(DataError, match="example 0 of user u has more than one value of m_score by own"):
        report(table(row, row), own="own", resamples=5, seed=0)
    with pytest.raises(UnknownNameError, match=r"unknown source 'owl'\. Nearest known: own"):
        report(table(row), own="owl", resamples=5, seed=0)
    with pytest.raises(DataError, match=r"1 measured value\(s\) are not finite"):
        report(table((0, "u", "own", "m_score", float("nan"))), own="own", resamples=5, seed=0)
