"""What a kill leaves behind is cleared away; what a living process holds is not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
import zc.lockfile
from orchestration.small_project import Project

from explainrec_dagster.idle import RUNNING
from explainrec_dagster.mending import mend
from explainrec_models.running import LOCK_COPY


@pytest.fixture
def fetched(project: Project) -> Project:
    """A project with a lock of two stages and its copy of one stage earlier."""
    project.dvc("repro", "fetch@films")
    (project.root / LOCK_COPY).parent.mkdir(exist_ok=True)
    (project.root / LOCK_COPY).write_bytes((project.root / "dvc.lock").read_bytes())
    project.dvc("repro", "validate@films")
    return project


def say(project: Project) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "explainrec_dagster.mending"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "EXPLAINREC_ROOT": str(project.root)},
    )
    return done.stdout


def test_a_whole_project_needs_nothing(fetched: Project) -> None:
    before = (fetched.root / "dvc.lock").read_bytes()
    assert say(fetched) == "Nothing to mend.\n"
    assert (fetched.root / "dvc.lock").read_bytes() == before


def test_a_lock_cut_anywhere_is_restored(fetched: Project) -> None:
    lock = fetched.root / "dvc.lock"
    whole = lock.read_bytes()
    before = {name: hashes(entry) for name, entry in stages_in(fetched.root / LOCK_COPY).items()}
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for length in sorted({0, *ends[:-1], *(end - 1 for end in ends), *(end - 9 for end in ends)}):
        lock.write_bytes(whole[:length])
        done = mend(fetched.root)
        if done:
            assert done == ["dvc.lock was cut short by a killed process; restored as it was before the last stage."]
            assert lock.read_bytes() == (fetched.root / LOCK_COPY).read_bytes()
        else:
            # Nothing is lost: every stage is there with its outputs' hashes, or the last one has never run.
            assert {name: hashes(stages_in(lock)[name]) for name in before} == before


def hashes(entry: dict[str, Any]) -> dict[str, str]:
    return {out["path"]: out["md5"] for out in entry["outs"]}


def stages_in(lock: Path) -> dict[str, Any]:
    stages: dict[str, Any] = yaml.safe_load(lock.read_text())["stages"]
    return stages


def test_entries_behind_a_cut_in_an_older_stage_come_back(fetched: Project) -> None:
    root = fetched.root
    whole = (root / "dvc.lock").read_bytes()
    (root / LOCK_COPY).write_bytes(whole)
    for cut in (whole.index(b"  validate@films"), whole.index(b"    outs:", whole.index(b"  fetch@films"))):
        (root / "dvc.lock").write_bytes(whole[:cut])
        assert mend(root) != []
        assert (root / "dvc.lock").read_bytes() == whole


def test_a_lock_that_git_has_and_one_that_was_pruned_are_left_alone(fetched: Project) -> None:
    root = fetched.root
    whole = (root / "dvc.lock").read_bytes()
    (root / LOCK_COPY).write_bytes(whole)
    older = whole[: whole.index(b"  validate@films")]
    (root / "dvc.lock").write_bytes(older)
    subprocess.run(["git", "add", "--force", "dvc.lock"], cwd=root, check=True)
    assert mend(root) == []
    subprocess.run(["git", "rm", "--quiet", "--cached", "dvc.lock"], cwd=root, check=True)
    (root / LOCK_COPY).write_bytes(whole.replace(b"  validate@films:", b"  validate@gone:"))
    assert mend(root) == []
    assert (root / "dvc.lock").read_bytes() == older


def test_the_next_run_goes_on_after_a_cut_lock(fetched: Project) -> None:
    lock = fetched.root / "dvc.lock"
    whole = lock.read_bytes()
    lock.write_bytes(whole[: whole.rindex(b"cmd") + 2])
    assert "restored as it was before the last stage" in say(fetched)
    assert "Running stage 'fetch@films'" not in fetched.dvc("repro", "validate@films").stdout


def test_without_a_copy_the_committed_lock_comes_back(fetched: Project) -> None:
    root = fetched.root
    (root / LOCK_COPY).unlink()
    committed = (root / "dvc.lock").read_bytes()
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "add", "dvc.lock"], cwd=root, check=True)
    subprocess.run(["git", *identity, "commit", "--quiet", "-m", "lock"], cwd=root, check=True)
    (root / "dvc.lock").write_bytes(b"")
    assert mend(root) == ["dvc.lock was cut short by a killed process; restored as committed."]
    assert (root / "dvc.lock").read_bytes() == committed


def test_without_either_it_goes_and_dvc_starts_anew(fetched: Project) -> None:
    (fetched.root / LOCK_COPY).unlink()
    (fetched.root / "dvc.lock").write_bytes(b"schema: '2.0'\nstages:\n  fetch@films:\n    cm")
    assert "removed; DVC will run or restore its stages anew" in say(fetched)
    fetched.dvc("repro", "validate@films")
    assert (fetched.root / "dvc.lock").is_file()


def running(project: Project, pid: int) -> Path:
    path = project.root / RUNNING
    entry = {"pid": pid, "cmd": "dvc repro"}
    path.write_text(json.dumps({"write": {"data/raw/films": entry}, "read": {"code": [entry]}}))
    return path


def test_entries_of_other_programs_are_removed(fetched: Project) -> None:
    # This very process is alive and is no DVC: its number stands for one that was given away anew.
    path = running(fetched, os.getpid())
    assert mend(fetched.root) == ["rwlock still named 1 killed processes; removed."]
    assert json.loads(path.read_text()) == {"read": {}, "write": {}}


def test_a_list_cut_short_is_removed(fetched: Project) -> None:
    path = running(fetched, 1)
    path.write_text(path.read_text()[:20])
    assert mend(fetched.root) == ["rwlock was cut short by a killed process; removed."]
    assert not path.exists()


def test_nothing_is_touched_while_a_dvc_works(fetched: Project) -> None:
    lock = fetched.root / "dvc.lock"
    lock.write_bytes(b"schema: '2.0'\nstages:\n  fe")
    held = zc.lockfile.LockFile(str(fetched.root / ".dvc/tmp/lock"))
    try:
        assert mend(fetched.root) == []
    finally:
        held.close()
    assert lock.read_bytes() == b"schema: '2.0'\nstages:\n  fe"
