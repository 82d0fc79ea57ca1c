"""Rows are measured on every slice of a fit, merged in the order of the table, and subtracted where scores are kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from collm_baselines import Score
from invented_rows import Row, table
from slices import CEILINGS, ROWS, condensed, differences, kept, measured, merged, scored
from slices_data import Experiment, Slice, asked

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.registry import system_config

PAIRS = [("u", "a", 1), ("u", "b", 0), ("v", "a", 1), ("v", "b", 0)]
ITEMS = {
    schema.ITEM_ID: ["a", "b"],
    schema.TITLE: ["one", "other"],
    schema.ATTRIBUTES: [[], []],
    schema.TEXT: ["", ""],
    schema.IMAGE: [None, None],
    schema.CATEGORY: ["", ""],
}


def experiment(*labels: int) -> Experiment:
    """Two slices, cold and warm, over the same rows; training rows have these labels."""
    found: list[Row] = [("w", "ab"[place % 2], label, place, None, None) for place, label in enumerate(labels)]
    train = table(found).select(schema.INTERACTION_COLUMNS)
    rows = pl.DataFrame(PAIRS, schema=[schema.USER_ID, schema.ITEM_ID, schema.LIKED], orient="row")
    valid, test = asked(rows, {}), asked(rows, {"u": History("u", ("a",), (True,), (0,))})
    corpus = Corpus("d", "thing", pl.DataFrame(ITEMS), train, train.clear())
    names = ("d", "d, warm")
    return Experiment(corpus, [Slice(name, "items", valid, test) for name in names], [("d", "d, warm")])


def constant(values: list[float]) -> Score:
    """Return what scores every user's two items alike."""
    return lambda histories, _: np.array([values] * len(histories), dtype=np.float32)


def test_a_row_is_judged_on_every_slice_and_its_scores_are_kept(tmp_path: Path) -> None:
    """`rates` likes `a`, which both users do: every pair within a user is right."""
    found = measured("rates", "items of d", experiment(1, 0, 1, 0), tmp_path, seed=1)
    assert found["slices"].keys() == {"d", "d, warm"}
    assert found["slices"]["d"]["metrics"]["uauc_score"]["value"] == 1.0
    assert found["ratios"]["d"]["auc_score"]["value"] == 1.0
    assert found["costs"]["items of d"]["fit"] == {"overall_like_rate": 0.5, "items": 2}
    assert {path.name for path in kept(tmp_path, "rates").iterdir()} == {"d", "d_warm"}


def test_a_system_that_learns_nothing_says_why(tmp_path: Path) -> None:
    found = measured("rates", "items of d", experiment(1, 1), tmp_path, seed=1)
    assert found["slices"]["d"]["metrics"] == {}
    assert found["slices"]["d"]["note"].startswith("all 2 training rows are likes")
    assert "costs" not in found


def test_rows_that_slices_share_are_scored_once() -> None:
    calls: list[Any] = []

    def score(histories: Any, candidates: Any) -> Any:
        calls.append(histories)
        return np.arange(len(candidates[0]), dtype=np.float32)[None]

    found = scored(score, experiment(1, 0))
    # Two users of validation rows and two of test rows, each side shared by both slices.
    assert len(calls) == 4
    assert found["d"].test.equals(found["d, warm"].test)
    assert found["d"].test[schema.SCORE].to_list() == [0.0, 1.0, 0.0, 1.0]


def test_an_experiment_is_put_into_its_row_and_rows_stand_in_the_order_of_the_table() -> None:
    names = [*reversed((*ROWS, *CEILINGS)), "a row of old"]
    earlier = {"rows": [{"system": name, "slices": {"d": 0, "e": 2}} for name in names]}
    found = merged(earlier, "boosted", {"slices": {"d": 1}, "costs": {"x": 3}})
    assert [row["system"] for row in found] == [*ROWS, *CEILINGS]
    assert found[1] == {"system": "boosted", "slices": {"d": 1, "e": 2}, "ratios": {}, "costs": {"x": 3}}
    assert found[0] == {"system": "rates", "slices": {"d": 0, "e": 2}}
    assert merged({}, "boosted", {"slices": {"d": 1}}) == [
        {"system": "boosted", "slices": {"d": 1}, "ratios": {}, "costs": {}}
    ]


def test_differences_are_taken_where_both_scores_are_kept_and_others_stay(tmp_path: Path) -> None:
    one = experiment(1, 0, 1, 0)
    better, level = (scored(constant(values), one)["d"] for values in ([2.0, 1.0], [1.0, 1.0]))
    better.write(kept(tmp_path, "explainrec"), "d")
    level.write(kept(tmp_path, "rates"), "d")
    earlier = {
        "minus": {"rates": {"e": "earlier"}, "tallrec": {"d": "earlier"}},
        "columns": [{"name": "d", "experiment": "items of d"}],
        "rows": [{"system": "explainrec", "costs": {"items of d": {"commit": "c0ffee"}}}],
    }
    found = differences(tmp_path, ["d", "e"], earlier)
    assert found["rates"]["d"]["uauc_score"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert found["rates"]["e"] == found["tallrec"]["d"] == "earlier"
    assert found["rates"]["d"]["commit"] == "c0ffee"
    assert found["boosted"] == {}


def test_a_slow_rival_is_held_against_by_the_scores_that_the_record_holds(tmp_path: Path) -> None:
    one = experiment(1, 0, 1, 0)
    better, level = (scored(constant(values), one)["d"] for values in ([2.0, 1.0], [1.0, 1.0]))
    level.write(kept(tmp_path / "earlier", "tallrec"), "d")
    earlier = {"scores": {"tallrec": condensed(tmp_path / "earlier", "tallrec", ["d", "never measured"])}}
    assert earlier["scores"]["tallrec"].keys() == {"d"}
    better.write(kept(tmp_path, "explainrec"), "d")
    assert differences(tmp_path, ["d"], earlier)["tallrec"]["d"]["uauc_score"]["value"] == 0.5
    other = replace(better, test=better.test.with_columns((1 - pl.col(schema.LIKED)).alias(schema.LIKED)))
    other.write(kept(tmp_path, "explainrec"), "d")
    assert differences(tmp_path, ["d"], earlier)["tallrec"] == {}, "the scores are of other rows"


def test_every_row_names_settings_that_its_system_has() -> None:
    for system, settings in ROWS.values():
        assert system_config(system, settings)
