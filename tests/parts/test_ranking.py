"""Rankings: best first, ties in catalogue order, excluded and unscored items left out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.parts.ranking import top_items

IDS = [str(place) for place in range(8)]
scores = st.lists(st.integers(0, 3), min_size=8, max_size=8).map(lambda row: np.array(row, dtype=np.float32))


@given(row=scores, exclude=st.sets(st.sampled_from(IDS)), length=st.integers(0, 9))
def test_equals_sorting_by_score_then_place(row: np.ndarray, exclude: set[str], length: int) -> None:
    expected = sorted((p for p in range(8) if IDS[p] not in exclude), key=lambda p: (-row[p], p))[:length]
    assert [item for item, _ in top_items(row, IDS, length=length, exclude=exclude)] == [IDS[p] for p in expected]


def test_unscored_items_are_left_out() -> None:
    assert top_items(np.array([np.nan, 1.0], dtype=np.float32), ["a", "b"], length=2) == [("b", 1.0)]
