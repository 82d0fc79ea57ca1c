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
