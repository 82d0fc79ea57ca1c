"""The retriever's lists leave out what is known, and are put in a new order by scores or by both ranks."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explainrec_models.data.histories import History
from explainrec_models.parts.retrieval import Order, fused, re_ranked, retrieve


class Fixed:
    """Scores the same for everybody."""

    item_ids = ("a", "b", "c", "d")

    def score_all(self, histories: Sequence[History]) -> NDArray[np.float32]:
        return np.tile(np.array([1, 4, 2, 3], dtype=np.float32), (len(histories), 1))


def test_lists_hold_the_best_new_items() -> None:
    stranger, reader = History("u"), History("v", ("b", "x"), (True, False), (0, 1))
    assert retrieve(Fixed(), [stranger, reader], length=2) == [["b", "d"], ["d", "c"]]


def test_fusion_adds_reciprocal_ranks() -> None:
    found = fused(np.array([0.1, 0.9, 0.5]), np.array([3.0, 1.0, 2.0]))
    np.testing.assert_allclose(found, [1 / 63 + 1 / 61, 1 / 61 + 1 / 63, 1 / 62 + 1 / 62])
    # What is unknown to one of them comes last there.
    np.testing.assert_allclose(fused(np.array([1.0, 2.0]), np.array([-np.inf, 0.0]))[0], 1 / 62 + 1 / 62)


def test_a_list_is_put_in_order_by_scores_or_by_both_ranks() -> None:
    scores = np.array([0.0, -1.0, 2.0, 1.0], dtype=np.float32)
    items = ["a", "b", "c", "d"]
    assert re_ranked(scores, items, "scores") == [("c", 2.0), ("d", 1.0), ("a", 0.0), ("b", -1.0)]
    # Ranks 1 and 3, 2 and 4, 3 and 1, 4 and 2: of equal sums the retriever's first is first.
    assert re_ranked(scores, items, "fused") == [("a", 0.0), ("c", 2.0), ("b", -1.0), ("d", 1.0)]


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=12))
@pytest.mark.parametrize("order", ["fused", "scores"])
def test_an_order_loses_no_item_and_keeps_what_both_agree_on(order: Order, values: list[float]) -> None:
    items = [str(place) for place in range(len(values))]
    ordered = re_ranked(np.array(values, dtype=np.float32), items, order)
    assert sorted(ordered) == sorted(zip(items, values, strict=True))
    agreed = re_ranked(np.array(sorted(values, reverse=True), dtype=np.float32), items, order)
    assert [item for item, _ in agreed] == items
