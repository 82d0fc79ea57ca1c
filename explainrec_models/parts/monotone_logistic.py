"""Logistic regression with an L2 penalty in which some weights may not be negative.

A bound on the sign of a weight is prior knowledge (Sill and Abu-Mostafa, "Monotonicity Hints", NeurIPS 1996) and keeps
correlated features from being set against one another. Solved by L-BFGS-B (Byrd et al., 1995).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Floats = NDArray[np.float64]

ITERATIONS = 500


def fit_monotone_logistic(
    features: Floats, liked: Floats, *, strength: float, either_way: NDArray[np.bool_]
) -> tuple[Floats, float]:
    """Return weights (F) and intercept of the smallest penalised log loss.

    Args:
        features: standardised (N, F).
        liked: 0 or 1 (N).
        strength: inverse L2 penalty, in the unit of the summed log loss.
        either_way: which weights may be negative (F).
    """

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = features @ weights[:-1] + weights[-1]
        wrong = expit(margins) - liked
        value = float(np.logaddexp(0, margins).sum() - liked @ margins + weights[:-1] @ weights[:-1] / (2 * strength))
        return value, np.append(features.T @ wrong + weights[:-1] / strength, wrong.sum())

    bounds = [(None if free else 0.0, None) for free in either_way.tolist()]
    found = minimize(
        loss,
        np.zeros(features.shape[1] + 1),
        jac=True,
        bounds=[*bounds, (None, None)],
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS},
    )
    return np.asarray(found.x[:-1], dtype=np.float64), float(found.x[-1])
