"""`explainrec repro`: the shell's door, which a `dvc repro` killed at any moment does not lock."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from orchestration.small_project import Project

from explainrec_dagster.dvc import environment

ADDED = 400
"""Stages of removed datasets in dvc.lock: DVC keeps them, so that it writes for a moment that a test can meet."""


def start(project: Project, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=project.root,
        env={**os.environ, **environment(), "EXPLAINREC_ROOT": str(project.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def explainrec_repro(project: Project, *arguments: str) -> tuple[int, str]:
    process = start(project, sys.executable, "-m", "explainrec_models.cli", "repro", *arguments)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def lengthen(lock: Path) -> None:
    content = yaml.safe_load(lock.read_text(encoding="utf-8"))
    out = {"hash": "md5", "md5": "0" * 32, "size": 1}
    for number in range(ADDED):
        content["stages"][f"gone@{number}"] = {"cmd": "true", "outs": [{"path": f"data/gone/{number}", **out}]}
    lock.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def kill_while_it_writes(process: subprocess.Popen[str], lock: Path, whole: int) -> None:
    give_up_at = time.monotonic() + 60
    while not 0 < lock.stat().st_size < whole:
        assert process.poll() is None, "DVC ended before it was seen to write"
        assert time.monotonic() < give_up_at
    process.kill()
    process.communicate()


def test_a_dvc_killed_while_it_writes_its_lock_stops_no_later_run(project: Project) -> None:
    lock = project.root / "dvc.lock"
    project.dvc("repro", "fetch@films")
    lengthen(lock)
    whole = lock.stat().st_size
    kill_while_it_writes(start(project, "dvc", "repro", "validate@films"), lock, whole)
    assert lock.stat().st_size < whole
    code, said = explainrec_repro(project, "validate@films", "fetch@shop")
    assert code == 0, said
    stages = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"]
    assert {"fetch@films", "validate@films", "fetch@shop"} <= stages.keys()
    code, said = explainrec_repro(project, "validate@films", "fetch@shop")
    assert (code, "Running stage" in said) == (0, False), said


@pytest.mark.parametrize("cut", [b"\0", b"s", b"schema: '2.0'\nstages:\n  fetch@films:\n    cm"])
def test_what_dvc_stops_on_is_mended_first(project: Project, cut: bytes) -> None:
    lock = project.root / "dvc.lock"
    project.dvc("repro", "fetch@films")
    whole = lock.read_bytes()
    lock.write_bytes(cut)
    refused = start(project, "dvc", "repro", "fetch@films")
    assert "dvc.lock" in refused.communicate(timeout=60)[0]
    assert refused.returncode != 0
    code, said = explainrec_repro(project, "fetch@films")
    assert code == 0, said
    assert said.startswith("dvc.lock was cut short by a killed process")
    assert lock.read_bytes() == whole


def test_arguments_and_the_exit_code_are_those_of_dvc(project: Project) -> None:
    code, said = explainrec_repro(project, "--dry", "--single-item", "fingerprint")
    assert (code, "Running stage 'fingerprint'" in said, project.ran()) == (0, True, [])
    (project.root / "sources/films.txt").unlink()
    code, said = explainrec_repro(project, "fetch@films")
    assert code != 0
    assert "put the rows of films there" in said
