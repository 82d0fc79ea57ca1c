"""Kept scores come back as they were; ratios and differences are of the same users and rows."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from slices_judging import SAYS_NOTHING, Scored, facts, judged, minus, ratios

from explainrec_models.data import schema

USERS, LIKED = list("aabbccdd"), [1, 0, 1, 0, 1, 0, 1, 0]
GOOD, HALF = [3, 1, 3, 1, 3, 1, 3, 1], [3, 1, 3, 1, 1, 3, 1, 3]


def rows(users: list[str] = USERS, liked: list[int] = LIKED) -> pl.DataFrame:
    return pl.DataFrame(
        {schema.USER_ID: users, schema.ITEM_ID: [str(place) for place in range(len(users))], schema.LIKED: liked}
    )


def scored(scores: list[int], test: pl.DataFrame | None = None) -> Scored:
    """Test rows with scores, fitted on validation rows that are in the right order."""
    found = np.array(scores, dtype=np.float32)
    return Scored.of(rows(), np.array(GOOD, dtype=np.float32), rows() if test is None else test, found)


def test_scores_are_kept_slice_by_slice(tmp_path: Path) -> None:
    scored(GOOD).write(tmp_path, "shop, 3 shots")
    found = Scored.read(tmp_path, "shop, 3 shots")
    assert found is not None
    assert found.test.equals(scored(GOOD).test)
    assert found.valid.equals(scored(GOOD).valid)
    assert Scored.read(tmp_path, "shop, 1 shots") is None


def test_condensed_scores_fit_their_own_rows_alone() -> None:
    condensed = scored(HALF).condensed()
    assert condensed["test"] == HALF
    assert condensed.keys() == {"rows", "valid", "test"}
    again = scored(GOOD).with_scores(condensed)
    assert again is not None
    assert again.test.equals(scored(HALF).test)
    assert scored(GOOD, rows(liked=[1 - like for like in LIKED])).with_scores(condensed) is None


def test_metrics_and_what_says_nothing() -> None:
    found = judged(scored(HALF))
    assert found["metrics"]["uauc_score"]["value"] == 0.5
    assert "note" not in found
    # One score a user: the AUC between users is defined, that within them is chance.
    constant = judged(scored([1, 1, 2, 2, 3, 3, 4, 4]))
    assert constant["metrics"]["uauc_score"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert constant["note"] == SAYS_NOTHING


def test_a_ratio_is_cold_divided_by_warm() -> None:
    """All pairs of `GOOD` are right; of `HALF`, those within two of the four users."""
    found = ratios(scored(HALF), scored(GOOD))
    assert found["uauc_score"]["value"] == 0.5
    assert found["uauc_score"]["low"] == 0.0
    assert found["uauc_score"]["high"] == 1.0
    assert ratios(scored(HALF), scored(HALF))["uauc_score"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_a_difference_is_paired() -> None:
    assert minus(scored(GOOD), scored(HALF), name="shop")["uauc_score"]["value"] == 0.5
    assert minus(scored(HALF), scored(HALF), name="shop")["auc_score"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_scores_of_different_rows_are_not_subtracted() -> None:
    other = scored(GOOD, rows(liked=LIKED[::-1]))
    with pytest.raises(SystemExit, match=r"the scores of 'shop' that are kept are of different rows.*scored anew"):
        minus(scored(GOOD), other, name="shop")


def test_what_a_slice_is_made_of() -> None:
    found = facts(rows(list("aabc"), [1, 0, 1, 1]), [0, 0, 4, 6])
    assert found == {"rows": 4, "users": 3, "mixed_users": 1, "liked_share": 0.75, "median_history": 2.0}
