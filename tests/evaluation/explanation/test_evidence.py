import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_models import additive

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.evidence import (
    Flags,
    Numbers,
    above,
    ask,
    counts_of_shares,
    first_kept,
    first_removed,
    importance_order,
    in_top,
    remembered,
)


def test_the_strongest_evidence_comes_first_and_ties_keep_their_order() -> None:
    assert importance_order([0.5, -1.0, 0.5, 2.0]).tolist() == [3, 0, 2, 1]


def test_removing_and_keeping_are_complements() -> None:
    order = np.array([2, 0, 1])
    assert first_removed(order, [0, 1, 3]).tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert (first_kept(order, [0, 1, 3]) == ~first_removed(order, [0, 1, 3])).all()


@given(st.integers(1, 60))
def test_shares_are_rounded_up_as_they_are_written(pieces: int) -> None:
    """10 % of K pieces are ceil(K / 10), in integers (K + 9) // 10; half of them (K + 1) // 2."""
    assert counts_of_shares([0.1, 0.5], pieces) == [(pieces + 9) // 10, (pieces + 1) // 2]


def test_remembered_sets_are_not_asked_twice() -> None:
    asked: list[int] = []

    def score(kept: Flags) -> Numbers:
        asked.append(len(kept))
        return np.asarray(kept @ np.array([1.0, 10.0]))

    once = remembered(score)
    sets = np.array([[True, False], [True, True], [True, False]])
    assert once(sets).tolist() == [1.0, 11.0, 1.0]
    assert once(sets[::-1]).tolist() == [1.0, 11.0, 1.0]
    assert once(np.array([[False, True], [True, True]])).tolist() == [10.0, 11.0]
    assert asked == [2, 1]


def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(DataError, match=r"asked about 2 sets of 3 pieces of evidence and answered with shape \(2, 1\)"):
        ask(lambda kept: np.ones((len(kept), 1)), np.ones((2, 3), dtype=np.bool_))


def test_an_answer_that_is_not_finite_is_refused() -> None:
    with pytest.raises(DataError, match="answered nan when it kept 0 of 2 pieces"):
        ask(lambda kept: np.where(kept.any(axis=1), 1.0, np.nan), np.array([[True, False], [False, False]]))


def test_an_answer_stands_by_rank_or_by_score() -> None:
    sets = np.array([[True, True], [False, True]])
    assert in_top(lambda kept: 3 - kept.sum(axis=1), 1)(sets).tolist() == [True, False]
    assert above(additive([1.0, 1.0]), 1.5)(sets).tolist() == [True, False]
