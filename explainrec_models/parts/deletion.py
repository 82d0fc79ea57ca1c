"""The deletion test: remove what a reason cites from the history and see how the score of the same model moves.

DeYoung et al., "ERASER" (ACL 2020, arXiv 1911.03429), comprehensiveness, with two controls of equal size: items drawn
at random and the most popular items of the same history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explainrec_models.data.histories import History

CITED = "cited"
RANDOM = "random"
POPULAR = "popular"

Score = Callable[[Sequence[History], Sequence[Sequence[str]]], np.ndarray]


@dataclass(frozen=True)
class Deletion:
    """One removal and what it did.

    Attributes:
        removed: ``cited``, ``random`` or ``popular``.
        count: items removed.
        score: with the whole history.
        score_without: with the items removed.
    """

    removed: str
    count: int
    score: float
    score_without: float


def deletion_test(
    score: Score,
    history: History,
    item_id: str,
    *,
    cited: Sequence[str],
    pool: Sequence[str],
    popularity: Mapping[str, int],
    generator: np.random.Generator,
) -> list[Deletion]:
    """Remove the cited items, and as many random and popular ones, and score again.

    Args:
        score: the model's own scoring.
        history: the user's whole history.
        item_id: the explained item.
        cited: history items that the reason cites; with none there is nothing to test.
        pool: history items that the model reads, which controls are drawn from.
        popularity: training likes of each item.
        generator: of the random control.
    """
    if not cited:
        return []
    count = len(cited)
    by_popularity = sorted(pool, key=lambda item: (-popularity.get(item, 0), item))
    removed = {
        CITED: list(cited),
        RANDOM: [pool[place] for place in generator.permutation(len(pool))[:count]],
        POPULAR: by_popularity[:count],
    }
    histories = [history, *(history.without(items) for items in removed.values())]
    scores = score(histories, [[item_id]] * len(histories))[:, 0]
    return [
        Deletion(name, count, float(scores[0]), float(after)) for name, after in zip(removed, scores[1:], strict=True)
    ]
