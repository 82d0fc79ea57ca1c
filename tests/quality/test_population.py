import math

import pytest

from explainrec_models.quality.population import SMALLEST, stability_index


def test_equal_shares_have_index_zero_whatever_their_counts() -> None:
    assert stability_index({"a": 1, "b": 3}, {"b": 300, "a": 100}) == 0


def test_an_index_by_hand() -> None:
    """Shares 0.5, 0.3, 0.2 become 0.4, 0.4, 0.2.

    -0.1 ln(0.8) = 0.0223144 and 0.1 ln(4/3) = 0.0287682; the third bin adds nothing.
    """
    found = stability_index({"1": 50, "2": 30, "3": 20}, {"1": 4, "2": 4, "3": 2})
    assert found == pytest.approx(0.0510826, abs=1e-7)


def test_a_bin_of_one_side_counts_as_nearly_empty_on_the_other() -> None:
    # b has half of the new rows and none of the old: (0.5 - 0.0001) ln(5000) = 4.257744; a adds -0.5 ln(0.5).
    expected = (0.5 - SMALLEST) * math.log(0.5 / SMALLEST) + 0.5 * math.log(2)
    assert stability_index({"a": 10}, {"a": 5, "b": 5}) == pytest.approx(expected)
    assert stability_index({"a": 5, "b": 5}, {"a": 10}) == pytest.approx(expected)


def test_nothing_is_like_nothing_and_unlike_anything() -> None:
    assert stability_index({}, {"a": 0}) == 0
    assert stability_index({}, {"a": 1}) == math.inf
