"""The control of every text metric: the explanation of somebody else.

A metric that scores another pair's explanation as high as the right one does not see personalisation. On XRec's own
outputs about 93 % of ROUGE-1 is had that way (docs/comparison.md). Each text is given to another pair by a random
derangement, a permutation without a fixed point.
"""

import numpy as np

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.evidence import Places

SHUFFLES = 5


def derangement(count: int, generator: np.random.Generator) -> Places:
    """Draw uniformly among the permutations (N,) that leave nothing in its place.

    About one permutation in e has no fixed point, so that a few draws find one.

    Raises:
        DataError: there are fewer than two rows.
    """
    if count < 2:  # noqa: PLR2004 - one row has no other
        message = f"there are {count} explanations; at least two are needed to compare each with that of another pair"
        raise DataError(message)
    places = np.arange(count)
    while True:
        drawn = generator.permutation(count)
        if (drawn != places).all():
            return drawn


def derangements(count: int, *, seed: int, shuffles: int = SHUFFLES) -> list[Places]:
    """Draw several derangements; the control is the mean over them.

    Raises:
        DataError: there are fewer than two rows.
    """
    generator = np.random.default_rng(seed)
    return [derangement(count, generator) for _ in range(shuffles)]
