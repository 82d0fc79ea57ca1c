"""What a kill leaves behind is cleared away; what a living process holds is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
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


def test_a_lock_cut_anywhere_is_restored_or_is_one_that_dvc_reads(fetched: Project) -> None:
    lock = fetched.root / "dvc.lock"
    whole = lock.read_bytes()
    accepted = []
    for length in range(len(whole)):
        lock.write_bytes(whole[:length])
        done = mend(fetched.root)
        if done:
            assert done == ["dvc.lock was cut short by a killed process; restored as it was before the last stage."]
            assert lock.read_bytes() == (fetched.root / LOCK_COPY).read_bytes()
        else:
            accepted.append(length)
    # DVC runs what such a lock no longer tells of; it must not stop on it.
    for length in accepted[:: max(1, len(accepted) // 4)]:
        lock.write_bytes(whole[:length])
        fetched.dvc("status")


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
