"""Minimal sets of evidence: as small as an exact search finds for additive scores, and never with an idle member."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.asking.counterfactual import minimal
from explainrec_models.evaluation.explanation.counterfactual import smallest_counterfactual
from explainrec_models.evaluation.explanation.evidence import Flags, Holds

SHARES = st.lists(st.integers(1, 9), min_size=1, max_size=9)


def above(shares: list[int], threshold: int) -> Holds:
    return lambda kept: kept @ np.array(shares) > threshold


def without(pieces: int, removed: tuple[int, ...]) -> Flags:
    kept = np.ones((1, pieces), dtype=np.bool_)
    kept[0, list(removed)] = False
    return kept


@given(SHARES, st.integers(-3, 40))
def test_for_additive_scores_the_set_is_as_small_as_an_exact_search_finds(shares: list[int], threshold: int) -> None:
    holds = above(shares, min(threshold, sum(shares) - 1))
    found, exact = minimal(holds, [float(share) for share in shares]), smallest_counterfactual(holds, len(shares))
    assert (found is None) == (exact is None)
    if found is not None and exact is not None:
        assert len(found) == len(exact)
        assert not holds(without(len(shares), found))[0]


@given(st.integers(2, 7), st.data())
def test_no_item_can_be_put_back(pieces: int, data: st.DataObject) -> None:
    """Whatever the model does, monotone or not."""
    standing = data.draw(st.lists(st.booleans(), min_size=2**pieces, max_size=2**pieces))
    codes = 2 ** np.arange(pieces)

    def holds(kept: Flags) -> Flags:
        whole = kept.all(axis=1)
        return whole | np.array(standing)[kept @ codes]

    found = minimal(holds, [float(pieces - place) for place in range(pieces)])
    if found is None:
        assert holds(np.zeros((1, pieces), dtype=np.bool_))[0]
        return
    assert not holds(without(pieces, found))[0]
    for place in found:
        fewer = tuple(other for other in found if other != place)
        assert holds(without(pieces, fewer))[0]


def test_what_the_strongest_contributions_hide_is_put_back() -> None:
    """The answer rests on the last piece alone, whatever the contributions say."""
    assert minimal(lambda kept: kept[:, 3], [4.0, 3.0, 2.0, 1.0]) == (3,)


def test_more_pieces_than_are_tried_at_once() -> None:
    shares = [1] * 30
    found = minimal(above(shares, 9), [1.0] * 30)
    assert found == tuple(range(21))


@pytest.mark.parametrize("pieces", [1, 5])
def test_an_answer_that_stands_without_everything_has_no_such_set(pieces: int) -> None:
    assert minimal(lambda kept: np.ones(len(kept), dtype=np.bool_), [1.0] * pieces) is None
