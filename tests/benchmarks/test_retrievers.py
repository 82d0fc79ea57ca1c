"""Lists are judged as each retriever draws them and as another system orders them; the teacher's row stands first."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from retrievers import judged, reordered
from retrievers_tables import retrievers

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.registry import System


class Alphabet:
    """Likes what comes late in the alphabet."""

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        assert len(histories) == len(candidates)
        return np.array([[ord(item) for item in items] for items in candidates], dtype=np.float32)


def test_a_list_is_shown_as_drawn_by_scores_and_by_both_ranks() -> None:
    histories = {user: History(user) for user in "uv"}
    found = reordered(cast("System", Alphabet()), histories, {"u": ["a", "d", "c", "b"], "v": ["d"]})
    assert found["alone"]["u"] == ["a", "d", "c", "b"]
    assert found["scores"]["u"] == ["d", "c", "b", "a"]
    # Ranks 1 and 4, 2 and 1, 3 and 2, 4 and 3.
    assert found["fused"]["u"] == ["d", "a", "c", "b"]
    assert all(lists["v"] == ["d"] for lists in found.values())


def test_lists_are_judged_by_what_was_liked() -> None:
    relevant = pl.DataFrame({schema.USER_ID: ["u", "u", "v"], schema.ITEM_ID: ["a", "z", "d"]})
    found = judged({"u": ["c", "a"], "v": ["e", "f"]}, relevant, resamples=50, seed=1)
    # u: one of two liked items, in second place of an ideal of two; v: none.
    ideal = 1 + 1 / np.log2(3)
    assert found["recall_at_20_score"]["value"] == pytest.approx(0.25)
    assert found["ndcg_at_10_score"]["value"] == pytest.approx(0.5 * (1 / np.log2(3)) / ideal)
    assert found["recall_at_20_score"]["low"] == 0.0


def cells(value: float) -> dict[str, Any]:
    bounds = {"value": value, "low": value - 0.1, "high": value + 0.1}
    return dict.fromkeys(("recall_at_20_score", "ndcg_at_10_score", "recall_at_10_score"), bounds)


def test_the_teacher_stands_first() -> None:
    found = {
        name: {"alone": cells(0.3), "scores": cells(0.4), "fused": cells(0.5)} for name in ("ease", "sasrec", "teacher")
    }
    record = {"result": {"length": 20, "datasets": {"d": {"users": 7, "retrievers": found}}}}
    lines = retrievers(record).splitlines()
    assert [line.split(" | ")[1] for line in lines[2:5]] == ["`teacher`", "`ease`", "`sasrec`"]
    assert lines[2].endswith("| 0.4000 [0.3000, 0.5000] | 0.5000 [0.4000, 0.6000] |")
    assert "(7 of d)" in lines[-1]
