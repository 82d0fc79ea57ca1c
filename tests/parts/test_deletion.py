"""The deletion test really deletes, and its controls are as large as what is cited."""

from collections.abc import Sequence

import numpy as np

from explainrec_models.data.histories import History
from explainrec_models.parts.deletion import deletion_test

HISTORY = History("u", ("a", "b", "c", "d"), (True,) * 4, (1, 2, 3, 4))
WORTH = {"a": 8.0, "b": 4.0, "c": 2.0, "d": 1.0}


def worth_of_history(histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> np.ndarray:
    """Score an item by the summed worth of the history: removing an item takes its worth away."""
    assert all(list(items) == ["x"] for items in candidates)
    return np.array([[sum(WORTH[item] for item in history.item_ids)] for history in histories])


def test_scores_fall_by_what_was_removed() -> None:
    deletions = deletion_test(
        worth_of_history,
        HISTORY,
        "x",
        cited=["a", "b"],
        pool=["a", "b", "c", "d"],
        popularity={"c": 9, "d": 8},
        generator=np.random.default_rng(0),
    )
    after = {d.removed: d.score_without for d in deletions}
    assert {d.score for d in deletions} == {15.0}
    assert {d.count for d in deletions} == {2}
    assert after["cited"] == 3.0
    assert after["popular"] == 12.0
    assert after["random"] in {15 - x - y for x in WORTH.values() for y in WORTH.values() if x != y}


def test_nothing_cited_nothing_tested() -> None:
    none = deletion_test(
        worth_of_history, HISTORY, "x", cited=[], pool=["a"], popularity={}, generator=np.random.default_rng(0)
    )
    assert none == []
