import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_models import additive, unstructured

from explainrec_models.evaluation.explanation.curves import (
    deletion_curve,
    insertion_curve,
    relative_deletion,
    relative_insertion,
    step_counts,
)


def test_curves_by_hand() -> None:
    """Weights 3, 2, 1 and a prior of 1: deleting gives 7, 4, 2, 1, inserting 1, 4, 6, 7, each step a third.

    Areas: (7/2 + 4 + 2 + 1/2) / 3 = 10/3 and (1/2 + 4 + 6 + 7/2) / 3 = 14/3; between nothing (1) and everything (7)
    that is (10/3 - 1) / 6 = 7/18 and (14/3 - 1) / 6 = 11/18.
    """
    score, attribution = additive([3.0, 2.0, 1.0], prior=1.0), [3.0, 2.0, 1.0]
    deleted, inserted = deletion_curve(score, attribution), insertion_curve(score, attribution)
    assert deleted.scores.tolist() == [7, 4, 2, 1]
    assert inserted.scores.tolist() == [1, 4, 6, 7]
    assert deleted.shares.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert (deleted.area, inserted.area) == pytest.approx((10 / 3, 14 / 3))
    assert relative_deletion(deleted).area == pytest.approx(7 / 18)
    assert relative_insertion(inserted).area == pytest.approx(11 / 18)


@given(st.integers(1, 7), st.integers(0, 1000))
def test_deleting_in_one_order_is_inserting_backwards_in_the_other(pieces: int, seed: int) -> None:
    score, order = unstructured(pieces, seed=seed), np.random.default_rng(seed).permutation(pieces).astype(float)
    deleted, inserted = deletion_curve(score, order), insertion_curve(score, -order)
    assert deleted.scores.tolist() == inserted.scores[::-1].tolist()
    assert deleted.area == pytest.approx(inserted.area)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.integers(0, 1000))
def test_the_exact_order_of_an_additive_model_has_the_best_areas(weights: list[float], seed: int) -> None:
    score, other = additive(weights), np.random.default_rng(seed).permutation(len(weights))
    assert deletion_curve(score, weights).area <= deletion_curve(score, other).area + 1e-9
    assert insertion_curve(score, weights).area >= insertion_curve(score, other).area - 1e-9


def test_steps_are_bins_of_the_history() -> None:
    assert step_counts(25, 10).tolist() == [0, 2, 5, 8, 10, 12, 15, 18, 20, 22, 25]
    assert step_counts(3, 10).tolist() == [0, 1, 2, 3]
    assert deletion_curve(additive([1.0] * 25), [1.0] * 25, steps=10).area == pytest.approx(12.5)


def test_relative_curves_are_undefined_where_the_evidence_speaks_against_the_answer() -> None:
    assert np.isnan(relative_deletion(deletion_curve(additive([-1.0]), [1.0])).area)
    assert np.isnan(relative_insertion(insertion_curve(additive([0.0]), [1.0])).area)
