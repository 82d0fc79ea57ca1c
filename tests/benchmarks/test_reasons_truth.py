"""Precision and recall of true reasons, by hand."""

import numpy as np
import polars as pl
import pytest
from reasons_truth import history_rows, measure_truths, named_scores, values_of

from explainrec_models.data import schema
from explainrec_models.evaluation.truth import Truth

TRUTH = Truth(
    pl.DataFrame(
        {"user_id": ["u"] * 2 + ["v"], "attribute": ["red", "tin", "red"], "weight": [2.0, -1.0, 1.0], "kind": "plain"}
    ),
    pl.DataFrame(
        {
            "item_id": ["x", "x", "a", "b", "c", "c", "d"],
            "attribute": ["red", "tin", "red", "tin", "red", "tin", "red"],
        }
    ),
)


def test_precision_and_recall_of_the_first_two() -> None:
    """Overlaps with x are a 2, b -1, c 1, d 2: a, c and d are true. Named are a and b: precision 1/2, recall 1/3."""
    overlaps = pl.DataFrame(
        {
            schema.EXAMPLE_ID: "u x",
            schema.USER_ID: "u",
            schema.SOURCE: ["a", "b", "c", "d"],
            schema.CONTRIBUTION: [4.0, 3.0, 2.0, -5.0],
            "overlap": [2.0, -1.0, 1.0, 2.0],
        }
    )
    assert named_scores(overlaps, count=2).rows() == [("u", 0.5, pytest.approx(1 / 3))]


def test_an_example_without_true_reason_is_left_out() -> None:
    overlaps = pl.DataFrame(
        {
            schema.EXAMPLE_ID: "u x",
            schema.USER_ID: "u",
            schema.SOURCE: ["a", "b"],
            schema.CONTRIBUTION: [1.0, 2.0],
            "overlap": [0.0, -1.0],
        }
    )
    assert named_scores(overlaps, count=2).is_empty()


def test_the_true_order_is_found_and_its_reverse_is_not() -> None:
    pieces, overlaps = ["a", "b", "c", "d"], np.array([2.0, -1.0, 1.0, 2.0])
    right = history_rows("u", "x", pieces, overlaps) + history_rows("v", "x", pieces, overlaps)
    wrong = history_rows("u", "x", pieces, -overlaps) + history_rows("v", "x", pieces, -overlaps)
    results = measure_truths({"own": right, "random": wrong}, TRUTH, own="own", count=3, resamples=20, seed=1)
    found = values_of(results)
    assert found["own"]["truth_precision_at_3_score"]["value"] == 1
    assert found["own"]["truth_recall_at_3_score"]["value"] == 1
    # The user v loves red alone: a, c and d are equally right, b is not.
    assert found["own"]["truth_score"]["value"] == pytest.approx((1 + 0.8165) / 2, abs=1e-4)
    assert found["random"]["truth_score"]["value"] == pytest.approx(-(1 + 0.8165) / 2, abs=1e-4)
    assert values_of(results, ["truth_score"])["own"].keys() == {"truth_score"}
