"""Shares, differences and the merge of records, on invented models whose right attribution is known."""

import json
from pathlib import Path

import numpy as np
import pytest
import record
from invented_models import additive
from reasons_report import SHARE, measured_sets, with_earlier

from explainrec_models.evaluation.explanation.examples import Example, measure_examples

WEIGHTS = [1.0, 2.0, 4.0, 3.0]


def test_a_source_is_held_against_the_ceiling_and_the_controls() -> None:
    """Shares of 20 and 50 % are 1 and 2 of 4 pieces.

    Weights in their own order take 4 and 7, mean 5.5; the youngest first takes 3 and 7, mean 5; the oldest first 1 and
    3, mean 2.
    """
    sources = {
        "own": np.arange(4.0, 0, -1),
        "leave_one_out": np.array(WEIGHTS),
        "recency": np.arange(4.0),
    }
    table = measure_examples([Example(user, additive(WEIGHTS), sources) for user in "uv"], shares=(0.2, 0.5))
    found = measured_sets(
        {"recommended": [table], "held_out": []},
        own="own",
        references=("leave_one_out", "recency"),
        resamples=10,
        seed=1,
    )
    assert found.keys() == {"recommended"}
    assert (found["recommended"]["examples"], found["recommended"]["users"]) == (2, 2)
    metrics = found["recommended"]["metrics"]
    own = {name: value["value"] for name, value in metrics["own"].items()}
    assert own["comprehensiveness_score"] == 2
    assert own["comprehensiveness_score_minus_leave_one_out"] == -3.5
    assert own["comprehensiveness_score_minus_recency"] == -3
    assert own[SHARE] == pytest.approx(2 / 5.5, abs=1e-4)
    assert metrics["recency"][SHARE]["value"] == pytest.approx(5 / 5.5, abs=1e-4)
    assert metrics["recency"]["comprehensiveness_score_minus_leave_one_out"]["value"] == -0.5


def test_no_share_of_a_ceiling_that_does_nothing() -> None:
    table = measure_examples(
        [Example(user, additive([0.0] * 4), {"own": np.arange(4.0), "leave_one_out": np.zeros(4)}) for user in "uv"]
    )
    found = measured_sets({"recommended": [table]}, own="own", references=("leave_one_out",), resamples=10, seed=1)
    assert SHARE not in found["recommended"]["metrics"]["own"]


def test_a_later_run_keeps_what_others_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    assert with_earlier({"films": {"ease": {"computed": "old"}}}) == {
        "datasets": {"films": {"ease": {"computed": "old"}}}
    }
    earlier = {"films": {"ease": {"computed": "old"}, "rates": {"computed": "old"}}, "shop": {"ease": {}}}
    (tmp_path / "reasons.json").write_text(json.dumps({"result": {"datasets": earlier}}), encoding="utf-8")
    assert with_earlier({"films": {"ease": {"computed": "new"}}})["datasets"] == {
        "films": {"ease": {"computed": "new"}, "rates": {"computed": "old"}},
        "shop": {"ease": {}},
    }
