"""What the pipeline cost: seconds and memory from its timings, weights from the reports of its fits."""

from pathlib import Path

import pytest
from embedded_default import costs
from tables import costs_table

from explainrec_models.data.outputs import write_json


def test_costs_come_from_timings_and_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for system, report in (("ease", {"items": 3}), ("sasrec", {"trained_parameters": 12345})):
        write_json_into(tmp_path / "data/systems/d" / system, report)
    seconds = {("tune", "d-ease"): 0.4, ("tune", "d-sasrec"): 61.0, ("predict", "d-sasrec"): 2.0}
    found = costs("d", ["ease", "sasrec"], seconds, {("tune", "d-sasrec"): 1.234})
    assert found["sasrec"] == {
        "tune_seconds": 61.0, "predict_seconds": 2.0, "explain_seconds": None, "peak_gib": 1.234, "parameters": 12345
    }  # fmt: skip
    lines = costs_table(found).splitlines()
    assert lines[2:] == ["| `ease` | 0 | - | - | - | - |", "| `sasrec` | 61 | 2 | - | 1.23 | 12,345 |"]


def write_json_into(folder: Path, content: dict[str, int]) -> None:
    folder.mkdir(parents=True)
    write_json(folder / "report.json", content)
