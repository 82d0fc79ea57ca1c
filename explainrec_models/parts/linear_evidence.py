"""A linear model of countable evidence: the wide part of ExplainRec, solved and not tuned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainrec_models.parts.evidence import EITHER_WAY, FEATURES, UNRATED
from explainrec_models.parts.monotone_logistic import Floats, fit_monotone_logistic
from explainrec_models.parts.sessions import Session

CONSTANT = 1e-6
"""Spread below which a feature says nothing."""


@dataclass(frozen=True)
class LinearEvidence:
    """A linear model of standardised features. ``F`` of them.

    Attributes:
        centre: (F).
        spread: (F).
        weights: (F).
        intercept: log-odds of an average question.
    """

    centre: Floats
    spread: Floats
    weights: Floats
    intercept: float

    @classmethod
    def fit(cls, features: Floats, liked: Floats, strength: float) -> "LinearEvidence":
        """Fit on questions (N, F) and their answers (N)."""
        centre, spread = features.mean(axis=0), features.std(axis=0)
        spread[spread < CONSTANT] = 1.0
        free = np.array([name in EITHER_WAY for name in FEATURES])
        weights, intercept = fit_monotone_logistic(
            (features - centre) / spread, liked, strength=strength, either_way=free
        )
        return cls(centre, spread, weights, intercept)

    def loss(self, sessions: Sequence[Session]) -> float:
        """Return the mean log loss of the answers to questions."""
        features = np.concatenate([session.features for session in sessions])
        liked = np.concatenate([session.liked for session in sessions])
        margins = (features - self.centre) / self.spread @ self.weights + self.intercept
        return float(np.mean(np.logaddexp(0, margins) - liked * margins))


def solved(
    features: Floats, liked: Floats, valid: Sequence[Session], *, strength: float
) -> tuple[LinearEvidence, bool]:
    """Return the linear model of questions, and whether its unrated items have a column of their own.

    With that column, how many people rated the others may weigh more. Whether that holds for later rows differs: as a
    catalogue grows, few ratings say that an item is new. Validation rows choose; without any, the column stays.

    Args:
        features: of training questions (N, F).
        liked: 0 or 1 (N).
        valid: what chooses.
        strength: inverse L2 penalty.
    """
    apart = LinearEvidence.fit(features, liked, strength)
    hidden = features.copy()
    hidden[:, FEATURES.index(UNRATED)] = 0
    together = LinearEvidence.fit(hidden, liked, strength)
    if valid and together.loss(valid) < apart.loss(valid):
        return together, False
    return apart, True
