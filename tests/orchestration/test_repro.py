import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from orchestration.small_project import Project

from explainrec_dagster.dvc import environment
from explainrec_dagster.lock import read_lock
from explainrec_models.running import LOCK_COPY


def start(project: Project, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=project.root,
        env={**os.environ, **environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def start_repro(project: Project, stage: str) -> subprocess.Popen[str]:
    return start(project, sys.executable, "-m", "explainrec_dagster.repro", stage, str(project.root / "stage.log"))


def wait_for(path: Path) -> None:
    give_up_at = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < give_up_at, f"{path} never came"
        time.sleep(0.05)


def slow_stage(project: Project) -> None:
    code = (
        "stages:\n  slow:\n    cmd: touch started && sleep ${seconds} && echo done > out.txt\n    outs: [out.txt]\n"
        "    meta: {assets: [slow]}\n"
    )
    (project.root / "dvc.yaml").write_text(code, encoding="utf-8")


def test_it_waits_for_another_dvc_that_holds_the_lock(project: Project) -> None:
    slow_stage(project)
    (project.root / "params.yaml").write_text("seconds: 2\n", encoding="utf-8")
    other = start(project, "dvc", "repro", "slow")
    wait_for(project.root / "started")
    ours = start_repro(project, "slow")
    said, _ = ours.communicate(timeout=30)
    other.communicate(timeout=30)
    assert (ours.returncode, other.returncode) == (0, 0), said
    assert "another DVC process holds the lock of slow; trying again in 0.5 s" in said
    assert "Stage 'slow' didn't change, skipping" in (project.root / "stage.log").read_text(encoding="utf-8")


def test_it_waits_for_the_lock_of_the_whole_repository(project: Project) -> None:
    slow_stage(project)
    (project.root / "params.yaml").write_text("seconds: 0\n", encoding="utf-8")
    (project.root / ".dvc" / "tmp").mkdir()
    with (project.root / ".dvc" / "tmp" / "rwlock.lock").open("a", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ours = start_repro(project, "slow")
        # DVC itself gives up after three seconds.
        time.sleep(6)
        assert ours.poll() is None
        assert not (project.root / "started").exists()
    said, _ = ours.communicate(timeout=60)
    assert ours.returncode == 0, said
    assert "Unable to acquire lock" in said


@pytest.mark.slow
def test_two_dagster_runs_and_a_shell_at_once_lose_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("TOOL_SECONDS", "0.7")
    project.set_datasets("films", "shop")
    dagster = [
        start(project, sys.executable, "-m", "explainrec_dagster.run", "--dataset", key) for key in ("films", "shop")
    ]
    wait_for(project.root / "ran.txt")
    shell = start(project, "dvc", "repro")
    said = [process.communicate(timeout=300)[0] for process in (*dagster, shell)]
    assert [process.returncode for process in dagster] == [0, 0], "\n".join(said)
    # Whoever ran a stage says so, and nobody else.
    reported = [line.split(" in ")[0] for text in said[:2] for line in text.splitlines() if line.startswith("ran ")]
    assert len(reported) == len(set(reported))
    # A DVC of the shell's own does not wait for a stage that another one runs; it says so and has lost nothing.
    assert shell.returncode == 0 or "is busy, it is being blocked by" in said[2], said[2]
    stages = {stage.name for stage in project.pipeline.stages}
    assert {*read_lock(project.root), "report"} == stages
    # Whatever the lock certifies is on disk as it says, and ran once.
    assert set(json.loads(project.dvc("status", "--json").stdout)) <= {"report"}
    project.dvc("repro")
    assert json.loads(project.dvc("status", "--json").stdout) == {}
    ran = [line for line in project.ran() if line != "report"]
    assert len(ran) == len(set(ran)) == len(stages) - 2  # the report, and a model whose stage is a shell command


def test_the_exit_code_and_output_of_a_failing_stage_come_through(project: Project) -> None:
    ours = start_repro(project, "fetch@nowhere")
    said, _ = ours.communicate(timeout=30)
    assert ours.returncode != 0
    assert said == (project.root / "stage.log").read_text(encoding="utf-8")


def test_what_a_killed_dvc_left_is_mended_on_the_way(project: Project) -> None:
    project.dvc("repro", "fetch@films")
    copy = project.root / LOCK_COPY
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes((project.root / "dvc.lock").read_bytes())
    (project.root / "dvc.lock").write_bytes(b"")
    ours = start_repro(project, "validate@films")
    said, _ = ours.communicate(timeout=60)
    assert ours.returncode == 0, said
    assert "dvc.lock was cut short by a killed process; restored as it was before the last stage." in said
    assert project.ran() == ["fingerprint", "fetch films", "validate films"]


def test_stopping_it_stops_the_stage(project: Project) -> None:
    slow_stage(project)
    (project.root / "params.yaml").write_text("seconds: 61.5\n", encoding="utf-8")
    ours = start_repro(project, "slow")
    wait_for(project.root / "started")
    ours.send_signal(signal.SIGTERM)
    ours.communicate(timeout=60)
    assert ours.returncode == 130
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 61.5" not in running.splitlines()
