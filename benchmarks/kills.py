"""kill -9 at random moments in every stage of the real pipeline, through both doors; the bytes are as undisturbed.

Command: ``python benchmarks/kills.py FOLDER [dataset] [kills]``; needs a finished project in FOLDER, about half an hour
on two cores. DVC is made to forget each stage, which then runs undisturbed once, is killed ``kills`` times at moments
spread over its duration (every second time what it had started goes on alone) and is run to its end. Its outputs must
have the hashes in dvc.lock that they had before, both times.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import yaml
from record import write_record

from explainrec_dagster.dvc import environment
from explainrec_dagster.lock import locked_versions
from explainrec_dagster.pipeline import Stage, load_pipeline

SEED = 9


def start(root: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """Start a command of the project in a session of its own."""
    settings = {**os.environ, **environment(), "EXPLAINREC_ROOT": str(root), "PYTHONPATH": str(root)}
    settings["DAGSTER_HOME"] = str(root / ".explainrec" / "dagster")
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=root, env=settings, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603


def kill(process: subprocess.Popen[bytes], *, everything: bool) -> None:
    """Kill a command, and what it started too unless that shall go on alone."""
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None and everything else []
    for victim in below:
        if victim.is_running():
            victim.send_signal(signal.SIGKILL)
    process.kill()
    process.wait()


def doors(stage: Stage) -> dict[str, list[str]]:
    """Return how a stage is run through each door."""
    asset = "/".join(stage.assets[0])
    dagster = [sys.executable, "-m", "explainrec_dagster.run", "--select", f'key:"{asset}"']
    return {
        "shell": [sys.executable, "-m", "explainrec_dagster.shell", "--single-item", stage.name],
        "dagster": [*dagster, *(["--dataset", stage.dataset] if stage.dataset else [])],
    }


def forget(root: Path, stage: Stage) -> None:
    """Make DVC know nothing of a stage's results, so that it must run and cannot take them from its cache."""
    lock = root / "dvc.lock"
    content = yaml.safe_load(lock.read_text(encoding="utf-8"))
    content["stages"].pop(stage.name, None)
    lock.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    shutil.rmtree(root / ".dvc/cache/runs", ignore_errors=True)
    for out in stage.outs:
        path = root / out
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def hashes(root: Path, stage: Stage) -> dict[str, str]:
    """Return the hash of each output in dvc.lock."""
    versions = locked_versions(root)
    return {out: versions[stage.name, out] for out in stage.outs}


def disturb(root: Path, stage: Stage, door: str, kills: int, generator: random.Random) -> dict[str, Any]:
    """Kill a stage several times, let it finish, and compare."""
    command, before = doors(stage)[door], hashes(root, stage)
    forget(root, stage)
    started = time.perf_counter()
    start(root, command).wait()
    duration = time.perf_counter() - started
    undisturbed = hashes(root, stage) == before
    forget(root, stage)
    for number in range(kills):
        process = start(root, command)
        time.sleep(duration * (number + generator.random()) / kills)
        kill(process, everything=number % 2 == 0)
    ended = start(root, command).wait()
    equal = undisturbed and hashes(root, stage) == before
    return {
        "stage": stage.name,
        "door": door,
        "kills": kills,
        "seconds": round(duration, 1),
        "exit": ended,
        "equal": equal,
    }


def main() -> None:
    """Disturb every stage of one dataset."""
    root = Path(sys.argv[1]).resolve()
    dataset = sys.argv[2] if len(sys.argv) > 2 else "sample-shop"
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    generator = random.Random(SEED)  # noqa: S311 - moments to kill at
    found = []
    for stage in load_pipeline(root).stages:
        if stage.dataset not in {None, dataset} or stage.template in {"fingerprint", "pretrained"}:
            continue
        for door in ("shell", "dagster"):
            found.append(disturb(root, stage, door, kills, generator))
            print(json.dumps(found[-1]), flush=True)
    status = subprocess.run(["dvc", "status", "--json"], cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S607
    result = {
        "dataset": dataset,
        "runs": found,
        "kills": sum(run["kills"] for run in found),
        "all_equal": all(run["equal"] and run["exit"] == 0 for run in found),
        "status_clean": json.loads(status) == {},
    }
    write_record("kills", result, seed=SEED)


if __name__ == "__main__":
    main()
