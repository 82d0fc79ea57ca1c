"""A record carries what is needed to judge a number."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import record


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own with one commit, whose results folder takes the records."""
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "params.yaml").write_text("seed: 20\n", encoding="utf-8")
    for words in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--message", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(record, "RESULTS", tmp_path / "benchmarks" / "results")
    return tmp_path


def test_a_record_says_where_when_and_on_what(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks/speed.py", "/somewhere/private/model"])
    path = record.write_record("speed", {"ratio": 9.5, "seconds": 3.2}, seed=20)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert path == repository / "benchmarks" / "results" / "speed.json"
    assert written["result"] == {"ratio": 9.5}
    assert (written["seconds"], written["seed"]) == (3.2, 20)
    assert written["command"] == "python benchmarks/speed.py model"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", written["date"])
    assert {"processor", "cores", "threads", "precision"} <= written["machine"].keys()


def test_a_changed_tree_is_marked_but_records_do_not_count(repository: Path) -> None:
    commits = []
    for name in ("first", "second"):
        path = record.write_record(name, {}, seed=1)
        commits.append(json.loads(path.read_text(encoding="utf-8"))["commit"])
    assert re.fullmatch(r"[0-9a-f]{40}", commits[1])
    assert commits[0] == commits[1]
    (repository / "params.yaml").write_text("seed: 21\n", encoding="utf-8")
    path = record.write_record("third", {}, seed=1)
    assert json.loads(path.read_text(encoding="utf-8"))["commit"] == f"{commits[0]}-dirty"
    assert record.head_of(repository) == commits[0]


@pytest.mark.usefixtures("repository")
def test_seconds_are_measured_where_the_benchmark_gives_none() -> None:
    path = record.write_record("speed", {}, seed=1)
    assert json.loads(path.read_text(encoding="utf-8"))["seconds"] >= 0
