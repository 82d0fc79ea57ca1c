"""Writing what a benchmark measured together with everything needed to judge it."""

import json
import os
import platform
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explainrec_models.data.outputs import write_json

RESULTS = Path(__file__).parent / "results"
_STARTED = time.perf_counter()


def write_record(name: str, result: dict[str, Any], *, seed: int) -> Path:
    """Write ``results/<name>.json``: the result, commit, machine, date, seconds, seed and command.

    Args:
        name: of the file.
        result: plain values; ``seconds`` in it replaces the time since the benchmark was started.
        seed: of the random choices.
    """
    measured = dict(result)
    record = {
        "benchmark": name,
        "command": shlex.join(["python", *(_inside_repository(word) for word in sys.argv)]),
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": _machine(),
        "seconds": measured.pop("seconds", round(time.perf_counter() - _STARTED, 1)),
        "seed": seed,
        "result": measured,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    write_json(path, record)
    return path


def earlier(name: str) -> dict[str, Any]:
    """Return the result that a record holds, nothing where there is no record yet."""
    path = RESULTS / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["result"] if path.is_file() else {}
    return found


def commit() -> str:
    """Return the commit, marked where the tree differs from it; records themselves do not count."""
    head = head_of(RESULTS.parent.parent)
    changed = _git(RESULTS.parent.parent, "status", "--porcelain", "--", ".", ":!benchmarks/results")
    return f"{head}-dirty" if changed else head


def head_of(folder: Path) -> str:
    """Return the commit that a clone was made of, whatever was changed there since."""
    return _git(folder, "rev-parse", "HEAD")


def _git(folder: Path, *words: str) -> str:
    run = subprocess.run(  # noqa: S603 - fixed words
        ["git", *words],  # noqa: S607 - the user's own git
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def _machine() -> dict[str, Any]:
    import torch

    from explainrec_models.parts.language_model import machine_device, machine_precision

    device = machine_device()
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "precision": str(machine_precision(device)).removeprefix("torch."),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _inside_repository(word: str) -> str:
    """Shorten paths, so that a record does not tell where somebody keeps the repository or the model."""
    path = Path(word)
    if not path.is_absolute():
        return word
    root = RESULTS.parent.parent
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name
