from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import Measure
from explainrec_models.evaluation.truth import Truth
from explainrec_models.evaluation.truth_reasons import name_looks, reason_measures, top_reason_hits, true_reasons

TRUTH = Truth(
    weights=pl.DataFrame(
        [
            ("u", "theme:sea", 1.0, "cross"), ("u", "look:dots", 3.0, "visual"), ("u", "store:x", -9.0, "plain"),
            ("v", "popularity:bestseller", 2.0, "popularity"), ("v", "theme:sea", 1.0, "cross"),
            ("w", "store:x", 2.0, "plain"), ("w", "theme:sea", 2.0, "cross"),
            ("z", "store:x", -1.0, "plain"),
        ],
        schema=[schema.USER_ID, "attribute", "weight", "kind"],
        orient="row",
    ),
    items=pl.DataFrame(
        [
            ("i", "theme:sea"), ("i", "look:dots"), ("i", "store:x"), ("i", "popularity:bestseller"),
            ("j", "theme:sea"),
            ("k", "look:dots"), ("l", "look:stripes"),
        ],
        schema=[schema.ITEM_ID, "attribute"],
        orient="row",
    ),
)  # fmt: skip
COLUMNS = [schema.EXAMPLE_ID, schema.USER_ID, schema.ITEM_ID, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION]


def contributions(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def example(user: str, item: str, values: Mapping[str, float]) -> list[tuple[object, ...]]:
    slots = {"prior": schema.PRIOR}
    return [
        (f"{user}{item}", user, item, slots.get(name, schema.ATTRIBUTE), name, value) for name, value in values.items()
    ]


def value(measure: Measure) -> float:
    return float(measure.statistic(np.ones((1, 1)))[0])


def hits(table: pl.DataFrame, looks: Mapping[str, str] | None = None) -> dict[str, tuple[str, float]]:
    examples = table.select(schema.EXAMPLE_ID, schema.USER_ID, schema.ITEM_ID).unique(maintain_order=True)
    found = top_reason_hits(table, true_reasons(examples, TRUTH), looks or {})
    return {row[schema.EXAMPLE_ID]: (row["kind"], row["hit"]) for row in found.iter_rows(named=True)}


def test_true_reason_is_the_largest_positive_weight_that_the_item_has() -> None:
    """For u item i is about dots (3 > 1; -9 is no reason), item j about the sea. Nothing speaks to z for item i."""
    table = contributions(
        *(row for user, item in ("ui", "uj", "vi", "zi") for row in example(user, item, {"prior": 1.0}))
    )
    examples = table.select(schema.EXAMPLE_ID, schema.USER_ID, schema.ITEM_ID)
    found = {row[0]: row[2:] for row in true_reasons(examples, TRUTH).iter_rows()}
    assert found == {
        "ui": (["look:dots"], ["visual"], "visual"),
        "uj": (["theme:sea"], ["cross"], "cross"),
        "vi": (["popularity:bestseller"], ["popularity"], "popularity"),
    }


def test_strongest_positive_contribution_is_the_named_reason() -> None:
    table = contributions(
        *example("u", "j", {"theme:sea": 0.5, "prior": 0.4, "store:x": -2.0}),
        *example("v", "i", {"theme:sea": 0.5, "prior": 0.6}),
        *example("u", "i", {"theme:sea": 0.5, "prior": 0.6}),
    )
    assert hits(table) == {"ui": ("visual", 0.0), "uj": ("cross", 1.0), "vi": ("popularity", 1.0)}


def test_no_positive_contribution_is_a_miss() -> None:
    assert hits(contributions(*example("u", "j", {"theme:sea": -0.5, "prior": 0.0}))) == {"uj": ("cross", 0.0)}


def test_history_items_are_no_attributes() -> None:
    rows = [("uj", "u", "j", schema.HISTORY, "theme:sea", 9.0), *example("u", "j", {"theme:wood": 0.1})]
    assert value(reason_measures(contributions(*rows), TRUTH, {}, ["u"], seed=0)["truth_top_reason_score"]) == 0.0


def test_explanations_of_history_items_alone_are_not_asked_for_attributes() -> None:
    rows = [("uj", "u", "j", schema.HISTORY, "a", 9.0), *example("u", "j", {"prior": 0.0})]
    measures = reason_measures(contributions(*rows), TRUTH, {}, ["u"], seed=0)
    assert all(measure.rows == 0 for measure in measures.values())


def test_the_attribute_question_sets_the_prior_and_popularity_aside() -> None:
    """For v the item is popular first and about the sea second; the prior is largest, the sea the largest attribute."""
    table = contributions(*example("v", "i", {"prior": 5.0, "theme:sea": 1.0, "store:x": 0.5}))
    measures = reason_measures(table, TRUTH, {}, ["v"], seed=0)
    assert value(measures["truth_top_reason_popularity_score"]) == 1.0
    assert value(measures["truth_top_attribute_score"]) == 1.0
    assert value(measures["truth_top_attribute_cross_score"]) == 1.0
    assert "truth_top_attribute_popularity_score" not in measures


def test_equal_true_weights_accept_either_reason() -> None:
    for name in ("store:x", "theme:sea"):
        assert hits(contributions(*example("w", "i", {name: 1.0}))) == {"wi": ("cross", 1.0)}


def test_looks_are_named_by_the_majority_of_their_items() -> None:
    """look:0 holds i and k (dots) and l (stripes): dots by 2 to 1. look:1 holds j, which has no visual attribute."""
    table = contributions(
        *(row for item in "ikl" for row in example("u", item, {"look:0": 0.1})), *example("u", "j", {"look:1": 0.1})
    )
    assert name_looks(table, TRUTH) == {"look:0": "look:dots"}
    assert hits(contributions(*example("u", "i", {"look:0": 0.1})), {"look:0": "look:dots"}) == {"ui": ("visual", 1.0)}
    assert hits(contributions(*example("u", "i", {"look:1": 0.1})), {"look:0": "look:dots"}) == {"ui": ("visual", 0.0)}


def test_scores_by_kind_and_the_shuffled_control() -> None:
    """Of four examples three are right: .75 overall, 2 of 2 for cross, 1 of 1 for popularity, 0 of 1 for visual.

    By chance: ui names nothing right (0), vi and wj have one right name of two (1/2 each), uj only the right one (1):
    (0 + 1/2 + 1/2 + 1) / 4 = .5.
    """
    table = contributions(
        *example("u", "i", {"theme:sea": 2.0, "store:x": 1.0}),
        *example("v", "i", {"prior": 2.0, "theme:sea": 1.0}),
        *example("w", "j", {"theme:sea": 2.0, "prior": 1.0}),
        *example("u", "j", {"theme:sea": 1.0}),
    )
    measures = reason_measures(table, TRUTH, {}, ["u", "v", "w"], seed=0)
    once = np.ones((1, 3))
    values = {name: measure.statistic(once)[0] for name, measure in measures.items() if measure.rows}
    assert values["truth_top_reason_score"] == 0.75
    assert values["truth_top_reason_cross_score"] == 1.0
    assert values["truth_top_reason_popularity_score"] == 1.0
    assert values["truth_top_reason_visual_score"] == 0.0
    assert "truth_top_reason_plain_score" not in values
    assert values["truth_top_reason_shuffled_score"] == pytest.approx(0.5, abs=0.15)
