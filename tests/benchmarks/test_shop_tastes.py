"""The shop's true tastes: parts of a utility by hand, and coefficients of planted scores."""

import numpy as np
import polars as pl
import pytest
from invented import corpus
from shop_tastes import coefficients, unseen
from shop_tastes_tables import tastes
from shop_truth import FAMILIES, TrueTastes, ownership, utility_parts

from explainrec_models.data.histories import History
from explainrec_models.errors import NothingToLearnError
from explainrec_models.evaluation.truth import Truth

TRUTH = Truth(
    weights=pl.DataFrame(
        {
            "user_id": ["u", "u", "u", "v"],
            "attribute": ["theme:a", "theme:b", "look:dots", "look:dots"],
            "weight": [1.0, -0.5, 2.0, 9.0],
            "kind": ["cross", "cross", "visual", "visual"],
        }
    ),
    items=pl.DataFrame({"item_id": ["x", "x", "y", "z"], "attribute": ["theme:a", "look:dots", "theme:b", "store:s"]}),
)


def test_the_parts_of_a_utility_by_hand() -> None:
    items = ["x", "y", "z"]
    parts = utility_parts("u", ownership(items, TRUTH), TRUTH, items=len(items))
    theme, look = FAMILIES.index("theme"), FAMILIES.index("look")
    np.testing.assert_array_equal(parts[:, theme], [1.0, -0.5, 0.0])
    np.testing.assert_array_equal(parts[:, look], [2.0, 0.0, 0.0])
    assert not np.delete(parts, [theme, look], axis=1).any()


def test_true_tastes_score_by_utility_and_leave_out_what_nobody_can_know() -> None:
    histories, asked = [History("u"), History("v")], [["x", "y"], ["z"]]
    np.testing.assert_array_equal(TrueTastes(TRUTH, ()).score(histories, asked), [[3.0, -0.5], [0.0, np.nan]])
    np.testing.assert_array_equal(TrueTastes(TRUTH, ["look"]).score(histories, asked), [[1.0, -0.5], [0.0, np.nan]])


def test_nobody_knows_the_true_tastes_of_other_people() -> None:
    with pytest.raises(NothingToLearnError, match="nobody knows what the people of invented truly like"):
        TrueTastes.of(corpus(), ())


def test_scores_that_follow_the_look_alone_have_a_coefficient_there_alone() -> None:
    generator = np.random.default_rng(0)
    parts = [generator.normal(size=(30, len(FAMILIES))) for _ in range(4)]
    parts = [part - part.mean(axis=0) for part in parts]
    scores = [0.7 * part[:, FAMILIES.index("look")] for part in parts]
    expected = np.where(np.array(FAMILIES) == "look", 0.7, 0.0)
    np.testing.assert_allclose(coefficients(parts, scores, np.array([0, 1, 1, 3])), expected, atol=1e-9)


def test_a_family_that_nobody_cares_about_has_no_coefficient() -> None:
    part = np.zeros((5, len(FAMILIES)))
    part[:, 0] = [-2, -1, 0, 1, 2]
    found = coefficients([part], [part[:, 0]], np.array([0]))
    assert found[0] == pytest.approx(1)
    np.testing.assert_allclose(found[1:], 0, atol=1e-12)


def test_what_the_history_holds_is_not_asked() -> None:
    history = History("u", ("x",), (True,))
    assert unseen(history, ["x", "y"]).tolist() == [False, True]


def test_the_table_has_one_column_a_family() -> None:
    cell = {"value": 0.1, "low": 0.0, "high": 0.2}
    rows = {name: {"followed": {"look": cell}, "commit": "abc", "seconds": 1} for name in ("explainrec", "rates")}
    lines = tastes({"result": {"rows": rows}}).splitlines()
    assert lines[0] == "| system | look |"
    assert lines[2] == "| `rates` | 0.1000 [0.0000, 0.2000] |"
