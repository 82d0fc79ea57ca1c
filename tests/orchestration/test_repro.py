import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from orchestration.small_project import Project

from explainrec_dagster.dvc import environment


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
    give_up_at = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < give_up_at, f"{path} never came"
        time.sleep(0.05)


def slow_stage(project: Project) -> None:
    code = "stages:\n  slow:\n    cmd: touch started && sleep ${seconds} && echo done > out.txt\n    outs: [out.txt]\n"
    (project.root / "dvc.yaml").write_text(code, encoding="utf-8")


def test_it_waits_for_another_dvc_that_holds_the_lock(project: Project) -> None:
    slow_stage(project)
    (project.root / "params.yaml").write_text("seconds: 2\n", encoding="utf-8")
    other = start(project, "dvc", "repro", "slow")
    wait_for(project.root / "started")
    ours = start_repro(project, "slow")
    said, _ = ours.communicate(timeout=30)
    other.communicate(timeout=30)
    assert (ours.returncode, other.returncode) == (0, 0)
    assert "another DVC process holds the lock of slow; trying again in 0.5 s" in said
    assert "Stage 'slow' didn't change, skipping" in (project.root / "stage.log").read_text(encoding="utf-8")


def test_the_exit_code_and_output_of_a_failing_stage_come_through(project: Project) -> None:
    ours = start_repro(project, "fetch@nowhere")
    said, _ = ours.communicate(timeout=30)
    assert ours.returncode != 0
    assert said == (project.root / "stage.log").read_text(encoding="utf-8")


def test_stopping_it_stops_the_stage(project: Project) -> None:
    slow_stage(project)
    (project.root / "params.yaml").write_text("seconds: 61.5\n", encoding="utf-8")
    ours = start_repro(project, "slow")
    wait_for(project.root / "started")
    ours.send_signal(signal.SIGTERM)
    ours.communicate(timeout=10)
    assert ours.returncode == 130
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 61.5" not in running.splitlines()
