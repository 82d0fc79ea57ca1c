import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from explainrec_models.evaluation.calibration import (
    calibration_error,
    calibration_error_statistic,
    chance_statistic,
    fit_platt,
    reliability_table,
)

Forecasts = list[tuple[int, int]]
forecasts = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=1, max_size=60)


def drawn_scores(rows: int = 400) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    generator = np.random.default_rng(7)
    scores = generator.normal(size=rows)
    return scores, (generator.random(rows) < 1 / (1 + np.exp(-(0.8 * scores - 0.3)))).astype(int)


def test_platt_equals_unpenalised_logistic_regression() -> None:
    scores, liked = drawn_scores()
    platt = fit_platt(scores, liked)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(scores[:, None], liked)
    assert platt.slope == pytest.approx(peer.coef_[0, 0], rel=1e-4)
    assert platt.intercept == pytest.approx(peer.intercept_[0], rel=1e-3)


def test_platt_makes_the_mean_probability_the_like_rate() -> None:
    """The score equation of the intercept: Σ (p - liked) = 0 on the rows it was fitted on."""
    scores, liked = drawn_scores()
    assert fit_platt(scores, liked).probabilities(scores).mean() == pytest.approx(liked.mean(), abs=1e-5)


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e6, 5e6), (-1.0, 3.0)])
def test_probabilities_do_not_depend_on_the_unit_of_the_score(scale: float, shift: float) -> None:
    scores, liked = drawn_scores()
    plain = fit_platt(scores, liked).probabilities(scores)
    moved = scores * scale + shift
    assert fit_platt(moved, liked).probabilities(moved) == pytest.approx(plain, abs=1e-4)


def test_a_constant_score_gives_the_like_rate() -> None:
    platt = fit_platt([2.0, 2.0, 2.0, 2.0], [1, 0, 0, 0])
    assert platt.probabilities([2.0, -9.0]).tolist() == pytest.approx([0.25, 0.25])
    assert platt.note.startswith("like-rate: the score is constant")


@pytest.mark.parametrize(("liked", "expected"), [([1, 1, 1], 0.8), ([0, 0, 0], 0.2)])
def test_one_label_gives_a_smoothed_like_rate(liked: list[int], expected: float) -> None:
    """(3 + 1) / (3 + 2) = .8 and (0 + 1) / (3 + 2) = .2."""
    platt = fit_platt([0.1, 0.2, 0.3], liked)
    assert platt.probabilities([5.0])[0] == pytest.approx(expected)
    assert platt.note.startswith("smoothed like-rate")


def test_separable_labels_stay_finite() -> None:
    probabilities = fit_platt([0.0, 1.0, 2.0, 3.0], [0, 0, 1, 1]).probabilities([0.0, 3.0])
    assert np.isfinite(probabilities).all()
    assert probabilities[0] < 0.01
    assert probabilities[1] > 0.99


def test_no_row_to_fit_on_is_an_error() -> None:
    with pytest.raises(ValueError, match="no validation row"):
        fit_platt([], [])


def test_calibration_error_by_hand() -> None:
    """Two bins of two rows: mean .2 against a like-share of .5, mean .7 against 1: (2 · .3 + 2 · .3) / 4 = .3."""
    assert calibration_error([1, 0, 1, 1], [0.1, 0.3, 0.6, 0.8], bins=2) == pytest.approx(0.3)


def test_equal_probabilities_share_a_bin_in_any_order() -> None:
    """All rows say .5 and a quarter is liked: one bin, |.25 - .5|, although fifteen bins were asked for."""
    for place in range(4):
        liked = [int(row == place) for row in range(4)]
        assert calibration_error(liked, [0.5] * 4) == pytest.approx(0.25)
        assert reliability_table(liked, [0.5] * 4).rows() == [(8, 0.5, 0.25, 4)]


def test_distinct_probabilities_fill_bins_of_equal_mass() -> None:
    table = reliability_table(np.tile([0, 1], 15), np.linspace(0.01, 0.99, 30))
    assert table["bin"].to_list() == list(range(1, 16))
    assert set(table["rows"].to_list()) == {2}


@given(forecasts)
def test_error_is_the_weighted_gap_of_the_reliability_table(drawn: Forecasts) -> None:
    liked, probabilities = [row[0] for row in drawn], [row[1] / 20 for row in drawn]
    table = reliability_table(liked, probabilities)
    gaps = (table["mean_probability"] - table["like_share"]).abs()
    assert table["rows"].sum() == len(drawn)
    assert calibration_error(liked, probabilities) == pytest.approx((gaps * table["rows"]).sum() / len(drawn))


@given(forecasts, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_multiplicities_equal_repeated_rows(drawn: Forecasts, times: list[int]) -> None:
    liked, probabilities = np.array([row[0] for row in drawn]), np.array([row[1] / 20 for row in drawn])
    users = np.arange(len(drawn)) % 3
    weights = np.array(times)[users]
    if weights.sum() == 0:
        return
    found = calibration_error_statistic(users, liked, probabilities)(np.array([times], dtype=float))[0]
    assert found == pytest.approx(calibration_error(np.repeat(liked, weights), np.repeat(probabilities, weights)))


def test_well_calibrated_forecasts_have_a_small_error_and_shifted_ones_a_large_one() -> None:
    generator = np.random.default_rng(0)
    probabilities = generator.random(20000)
    liked = generator.random(20000) < probabilities
    assert calibration_error(liked, probabilities) < 0.02
    assert calibration_error(liked, np.clip(probabilities + 0.2, 0, 1)) > 0.1


@pytest.mark.parametrize(("rows", "expected"), [(150, 0.126), (15_000, 0.0126)])
def test_a_perfect_forecast_of_few_rows_has_an_error_by_chance(rows: int, expected: float) -> None:
    # Ten (or a thousand) rows a bin at one half: the mean absolute deviation of their share of likes from it.
    probabilities = np.linspace(0.4999, 0.5001, rows)
    found = chance_statistic(np.zeros(rows, dtype=np.intp), probabilities)(np.ones((1, 1)))
    assert found[0] == pytest.approx(expected, rel=0.25)


def test_certain_forecasts_leave_nothing_to_chance() -> None:
    found = chance_statistic(np.zeros(4, dtype=np.intp), [0, 0, 1, 1])(np.ones((2, 1)))
    assert found.tolist() == [0, 0]
