"""A record carries what is needed to judge a number."""

import json
import re
from pathlib import Path

import pytest
import record


def test_a_record_says_where_when_and_on_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(record, "_git", lambda *words: "abc" if words[0] == "rev-parse" else "")
    monkeypatch.setattr("sys.argv", ["benchmarks/speed.py", "/somewhere/private/model"])
    path = record.write_record("speed", {"ratio": 9.5, "seconds": 3.2}, seed=20)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert path == tmp_path / "results" / "speed.json"
    assert written["result"] == {"ratio": 9.5}
    assert (written["seconds"], written["seed"], written["commit"]) == (3.2, 20, "abc")
    assert written["command"] == "python benchmarks/speed.py model"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", written["date"])
    assert {"processor", "cores", "threads", "precision"} <= written["machine"].keys()


def test_a_changed_tree_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_git", lambda *words: "abc" if words[0] == "rev-parse" else " M params.yaml")
    assert record._commit() == "abc-dirty"


def test_seconds_are_measured_where_the_benchmark_gives_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    monkeypatch.setattr(record, "_git", lambda *_: "abc")
    path = record.write_record("speed", {}, seed=1)
    assert json.loads(path.read_text(encoding="utf-8"))["seconds"] >= 0
