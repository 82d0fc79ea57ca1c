"""Rates against counts by hand; what is not known has the overall rate."""

import numpy as np
import pytest

from explainrec_models.parts.like_rates import ItemAttributes, LikeCounts, LikeRates, mean_by_owner

ATTRIBUTES = ItemAttributes.of({"a": ("x", "y"), "b": (), "c": ("y",), "new": ("x",)})


def rates(smoothing: float) -> LikeRates:
    """Item a: like, like, dislike; item b: dislike; item c: like; a row of an item outside the catalogue."""
    items = ATTRIBUTES.items(["a", "a", "a", "b", "c", "elsewhere"])
    counts = LikeCounts.of(ATTRIBUTES, items, np.array([1.0, 1.0, 0.0, 0.0, 1.0, 1.0]))
    return LikeRates.of(ATTRIBUTES, counts, smoothing)


def test_rates_by_hand() -> None:
    """Overall (3 + 1)/(5 + 2) = 4/7; with two imaginary rows x is (2 + 8/7)/5 = 22/35 and y (3 + 8/7)/6 = 29/42."""
    found = rates(2.0)
    overall, x, y = 4 / 7, 22 / 35, 29 / 42
    assert found.overall == pytest.approx(overall)
    np.testing.assert_allclose(found.content, [(x + y) / 2, overall, y, x, overall])
    expected = [(2 + (x + y)) / 5, (0 + 2 * overall) / 3, (1 + 2 * y) / 3, x, overall]
    np.testing.assert_allclose(found.rate, expected)
    assert found.rows.tolist() == [3, 1, 1, 0, 0]


def test_pairs_are_those_of_each_item_in_the_order_asked() -> None:
    pairs, owners = ATTRIBUTES.pairs(ATTRIBUTES.items(["c", "b", "a", "elsewhere", "c"]))
    assert [ATTRIBUTES.names[pair] for pair in pairs] == ["y", "x", "y", "y"]
    assert owners.tolist() == [0, 2, 2, 4]


def test_counts_without_some_rows_are_those_of_the_others() -> None:
    items, liked = ATTRIBUTES.items(["a", "c", "a", "b"]), np.array([1.0, 0.0, 1.0, 1.0])
    rest = LikeCounts.of(ATTRIBUTES, items, liked).without(LikeCounts.of(ATTRIBUTES, items[:2], liked[:2]))
    expected = LikeCounts.of(ATTRIBUTES, items[2:], liked[2:])
    np.testing.assert_array_equal(rest.likes, expected.likes)
    np.testing.assert_array_equal(rest.rows, expected.rows)


def test_without_any_row_everything_is_one_half() -> None:
    none = np.array([], dtype=np.int64)
    found = LikeRates.of(ATTRIBUTES, LikeCounts.of(ATTRIBUTES, none, none.astype(np.float64)), 5.0)
    assert set(found.rate) == {0.5}


def test_an_owner_without_values_has_the_other_value() -> None:
    found = mean_by_owner(np.array([1.0, 3.0]), np.array([1, 1]), 3, otherwise=9.0)
    assert found.tolist() == [9.0, 2.0, 9.0]
