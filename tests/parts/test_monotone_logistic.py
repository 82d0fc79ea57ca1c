"""Monotone logistic regression: scikit-learn's where nothing is bound, zero where a bound holds, a free intercept."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from explainrec_models.parts.monotone_logistic import fit_monotone_logistic

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def rows(count: int = 400) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(count, 3))
    margins = features @ np.array([1.0, -0.5, 0.2]) + 0.3
    return features, (generator.random(count) < expit(margins)).astype(np.float64)


def test_without_bounds_it_is_logistic_regression() -> None:
    features, liked = rows()
    weights, intercept = fit_monotone_logistic(features, liked, strength=0.3, either_way=np.array([True] * 3))
    other = LogisticRegression(C=0.3, tol=1e-8).fit(features, liked)
    np.testing.assert_allclose(weights, other.coef_[0], atol=1e-3)
    assert intercept == pytest.approx(float(other.intercept_[0]), abs=1e-3)


def test_a_weight_that_would_be_negative_is_zero_and_the_others_are_the_fit_without_it() -> None:
    features, liked = rows()
    weights, _ = fit_monotone_logistic(features, liked, strength=0.3, either_way=np.array([False] * 3))
    alone, _ = fit_monotone_logistic(features[:, [0, 2]], liked, strength=0.3, either_way=np.array([True] * 2))
    assert weights[1] == 0
    np.testing.assert_allclose(weights[[0, 2]], alone, atol=1e-3)


def test_a_feature_that_says_nothing_leaves_the_share_of_likes() -> None:
    liked = np.array([1.0] * 30 + [0.0] * 10)
    weights, intercept = fit_monotone_logistic(np.zeros((40, 1)), liked, strength=0.01, either_way=np.array([False]))
    assert weights[0] == 0
    assert intercept == pytest.approx(float(logit(0.75)), abs=1e-3)
