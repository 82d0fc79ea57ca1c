"""The table of CoLLM's split: measured rows with what they saw, those of other records too, quoted ones last."""

import json
from pathlib import Path
from typing import Any

import collm_tables
import pytest
from collm_tables import baselines

CELL = {"value": 0.75, "low": 0.73, "high": 0.77}
METRICS = dict.fromkeys(("auc_score", "uauc_score"), CELL)


def record(system: str, **more: Any) -> dict[str, Any]:
    machine = {"processor": "one", "cores": 2, "precision": "float32"}
    return {
        "commit": "0123456789abcdef",
        "date": "2026-01-02",
        "machine": machine,
        "seconds": 3.0,
        "seed": 0,
        "command": f"python benchmarks/{system}.py",
        "result": {"rows": [{"system": system, "saw": "training rows only", "metrics": METRICS}], **more},
    }


BASELINES = record(
    "boosted",
    settings={"training rows only": "nothing else."},
    test_rows=7331,
    test_users=320,
    mixed_users=224,
    boosted_minus_rates={"training rows only": {"auc_score": CELL, "uauc_score": CELL}},
    seeds=[0, 1],
    boosted_over_seeds={"training rows only": {"auc_score": [0.75, 0.74], "uauc_score": [0.7, 0.7]}},
    missed=[],
)


def test_measured_rows_come_first_and_quoted_ones_in_italics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collm_tables, "RESULTS", tmp_path)
    lines = baselines(BASELINES).splitlines()
    assert lines[0] == "| system | saw | AUC | UAUC | log loss | ECE | ECE of right probabilities |"
    assert lines[2] == (
        "| `boosted` | training rows only | 0.7500 [0.7300, 0.7700] | 0.7500 [0.7300, 0.7700] | - | - | - |"
    )
    assert lines[3].startswith("| *TALLRec, Vicuna-7B* (Table II, arXiv 2310.19488) |")
    assert "| *0.7425* | *0.6956* | - | - | - |" in lines[7]
    assert "AUC 0.7400 to 0.7500" in lines[-1]
    assert lines[-1].endswith("Expected values reached.")


def test_rows_of_another_record_join_the_table_with_their_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collm_tables, "RESULTS", tmp_path)
    (tmp_path / "collm_explainrec.json").write_text(json.dumps(record("explainrec")), encoding="utf-8")
    said = baselines(BASELINES)
    assert said.index("| `boosted` |") < said.index("| `explainrec` |") < said.index("| *TALLRec")
    assert said.endswith("`python benchmarks/explainrec.py`_")


def test_missed_values_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collm_tables, "RESULTS", tmp_path)
    result = {**BASELINES["result"], "missed": [["rates, training rows only", "auc_score"]]}
    assert "missed: rates, training rows only auc_score." in baselines({**BASELINES, "result": result})


def test_differences_spans_over_seeds_and_costs_follow_where_a_record_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collm_tables, "RESULTS", tmp_path)
    other = record("explainrec")
    result = other["result"]
    higher = {"value": 0.7625, "low": 0.74, "high": 0.78}
    better = {"auc_score": higher, "uauc_score": higher}
    result["rows"].append({"system": "explainrec, seed 21", "saw": "training rows only", "metrics": better})
    paired = {"value": 0.01, "low": -0.002, "high": 0.02}
    result["minus"] = {"rates": {"training rows only": {"auc_score": paired, "uauc_score": paired}}}
    cost = {"fit_seconds": 61.2, "score_seconds": 7.0, "peak_gib": 1.5, "commit": "fedcba9876543210"}
    result["costs"] = {"explainrec": {**cost, "fit": {"trainable_parameters": 12345}}}
    (tmp_path / "collm_explainrec.json").write_text(json.dumps(other), encoding="utf-8")
    lines = baselines(BASELINES).splitlines()
    difference = "+0.0100 [-0.0020, +0.0200]"
    assert f"| `explainrec` minus `rates` | training rows only | {difference} | {difference} |" in lines
    assert "Over 2 seeds: `explainrec`, training rows only: AUC 0.7500 to 0.7625, UAUC 0.7500 to 0.7625." in lines
    assert "| `explainrec` | 61 | 7 | 1.50 | 12,345 | fedcba987654 |" in lines
