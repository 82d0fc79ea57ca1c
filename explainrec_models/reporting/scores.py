"""How a score is shown: as a number and, where it is the log-odds of a like, as the probability that it stands for."""

import math
from collections.abc import Mapping
from typing import Any

from explainrec_models.reporting.cells import number

LOG_ODDS_TASK = "pointwise"
"""A card's task where the system answers whether one item is liked; every other score is good for order only."""


def gives_log_odds(card: Mapping[str, Any]) -> bool:
    """Return whether the scores of the system with this card are log-odds of a like."""
    return card.get("task") == LOG_ODDS_TASK


def probability(score: float) -> str:
    r"""Write the probability of log-odds; no model is so sure that rounding may say always or never.

    >>> probability(0.0), probability(9.0), probability(-9.0)
    ('50.0\xa0%', 'over 99.9\xa0%', 'under 0.1\xa0%')
    """
    # The sigmoid as a hyperbolic tangent, which overflows nowhere.
    share = f"{50 * (1 + math.tanh(score / 2)):.1f}"
    words = {"100.0": "over 99.9", "0.0": "under 0.1"}.get(share, share)
    return f"{words}\N{NO-BREAK SPACE}%"


def standing(score: float, *, log_odds: bool) -> str:
    """Write a score the way its changes are told: as a probability where it has one."""
    return probability(score) if log_odds else number(score)
