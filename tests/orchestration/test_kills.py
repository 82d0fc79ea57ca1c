"""kill -9 at random moments, through both doors: the next run finishes with the bytes of an undisturbed one."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
import yaml
from orchestration.small_project import Project

from explainrec_dagster.dvc import environment

KILLS = 6
DOORS = {
    "shell": [sys.executable, "-m", "explainrec_models.cli", "repro"],
    "dagster": [sys.executable, "-m", "explainrec_dagster.run"],
}


def start(root: Path, command: Sequence[str]) -> subprocess.Popen[str]:
    settings = {"EXPLAINREC_ROOT": str(root), "DAGSTER_HOME": str(root / ".explainrec" / "dagster")}
    return subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, **environment(), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(root: Path, command: Sequence[str]) -> str:
    process = start(root, command)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


def kill(process: subprocess.Popen[str], generator: random.Random) -> None:
    """Kill everything, the command alone (what it started goes on), or one of the processes below it."""
    try:
        below = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        below = []
    victims = generator.choice([below, [], [generator.choice(below)] if below else []])
    for victim in victims:
        if victim.is_running():
            victim.kill()
    process.kill()
    process.communicate()


def outputs(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "data").rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_run_killed_many_times_ends_as_an_undisturbed_one(project: Project, tmp_path: Path, door: str) -> None:
    undisturbed = Path(shutil.copytree(project.root, tmp_path / "undisturbed"))
    started = time.monotonic()
    finish(undisturbed, DOORS[door])
    seconds = time.monotonic() - started
    generator = random.Random(door)  # noqa: S311 - moments to kill at
    for _ in range(KILLS):
        process = start(project.root, DOORS[door])
        time.sleep(generator.uniform(0.1, seconds))
        kill(process, generator)
    finish(project.root, DOORS[door])
    assert outputs(project.root) == outputs(undisturbed)
    locks = [yaml.safe_load((root / "dvc.lock").read_text())["stages"] for root in (project.root, undisturbed)]
    assert locks[0] == locks[1]
    assert "Data and pipelines are up to date" in finish(project.root, ["dvc", "--wait-for-lock", "status"])
