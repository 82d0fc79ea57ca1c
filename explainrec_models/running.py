"""Running one stage from the command line: time it, tell Dagster through Pipes, print one line."""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from explainrec_models.errors import ParamsError

SCRATCH = Path(".explainrec")
"""What survives a killed run and is nobody's output: checkpoints, timings, downloads."""
LOCK_COPY = SCRATCH / "dvc.lock"
"""dvc.lock as it was when the last stage began: DVC writes that file in place, and a kill can cut it short."""
PAGE = "page"
"""Subject of the stage that reads every dataset."""
LONGEST_SHOWN = 48
"""Longer facts stand in the report file only."""


class Report(Protocol):
    """What a stage returns."""

    def summary(self) -> dict[str, Any]:
        """Return facts and counts as plain values."""
        ...


def run_stage(stage: str, subject: str, work: Callable[[], Report]) -> dict[str, Any]:
    """Run ``work``; report its facts and duration to whoever started it.

    Args:
        stage: the stage's name in dvc.yaml.
        subject: what it runs over ("ml-100k", "ml-100k-tallrec").
        work: calls the stage function.

    Returns:
        The facts that the stage reported.
    """
    from dagster_pipes import PipesContext, open_dagster_pipes

    pin_threads()
    _copy_lock()
    if "DAGSTER_PIPES_CONTEXT" not in os.environ:
        facts, started = _work(stage, subject, work)
        _finish(stage, subject, facts, started)
        return facts
    with open_dagster_pipes():
        facts, started = _work(stage, subject, work)
        seconds = _finish(stage, subject, facts, started)
        message = {"stage": stage, "subject": subject, "seconds": round(seconds, 2), "report": facts}
        PipesContext.get().report_custom_message(message)
        return facts


def _work(stage: str, subject: str, work: Callable[[], Report]) -> tuple[dict[str, Any], float]:
    """Do the work alone and under unchanged parameters; return its facts and when it began.

    Raises:
        ParamsError: params.yaml changed meanwhile. DVC would record its new values as those of this result.
    """
    with alone(f"{stage}-{subject}"):
        started, before = time.perf_counter(), _settings(subject)
        facts = work().summary()
        after = _settings(subject)
    if before != after:
        changed = ", ".join(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))
        message = (
            f"params.yaml changed under `{changed}` while {stage} of {subject} ran; the result is that of the old "
            "values and is not recorded. Run it again."
        )
        raise ParamsError(message)
    return facts, started


def _settings(subject: str) -> dict[str, Any]:
    """Return params.yaml as far as it can concern a subject: other datasets may come and go meanwhile."""
    import yaml

    path = Path("params.yaml")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except yaml.YAMLError:
        content = {"params.yaml": "is not valid YAML"}
    sources = content.get("sources") or {}
    ours = {key: source for key, source in sources.items() if subject == key or subject.startswith(f"{key}-")}
    if not ours:
        return content if subject == PAGE else {**content, "datasets": None, "sources": None}
    return {**content, "datasets": None, "sources": ours}


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process at a time do a piece of work, whoever started it.

    When DVC is killed, the stage that it had started goes on; a second one would write to the same places. The lock is
    the operating system's and ends with its process.
    """
    from filelock import FileLock, Timeout

    folder = SCRATCH / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{name.replace('/', '-')}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"{name} is still running in another process; waiting for it to end.", flush=True)  # noqa: T201 - see above
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _copy_lock() -> None:
    """Keep dvc.lock while DVC waits for this stage and so cannot be writing it."""
    lock = Path(os.environ.get("DVC_ROOT", ""), "dvc.lock")
    if "DVC_ROOT" in os.environ and lock.is_file():
        SCRATCH.mkdir(exist_ok=True)
        partial = LOCK_COPY.with_name(f"{LOCK_COPY.name}.{os.getpid()}")
        try:
            shutil.copyfile(lock, partial)
            partial.replace(LOCK_COPY)
        finally:
            partial.unlink(missing_ok=True)


def _finish(stage: str, subject: str, facts: dict[str, Any], started: float) -> float:
    seconds = time.perf_counter() - started
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "stage": stage, "subject": subject}
    # The output is whole and in its place: a full disk must not make it a failure now.
    with suppress(OSError):
        SCRATCH.mkdir(exist_ok=True)
        with (SCRATCH / "timings.jsonl").open("a", encoding="utf-8") as timings:
            timings.write(json.dumps({**line, "seconds": round(seconds, 3), "peak_gib": _peak_gib()}) + "\n")
    print(f"{stage} {subject}: {_in_line(facts)} ({seconds:.1f} s)")  # noqa: T201 - this is the command's output
    return seconds


def _peak_gib() -> float:
    """Return the most memory that this process has had."""
    import resource

    # Kibibytes on Linux, bytes on macOS.
    unit = 2**30 if sys.platform == "darwin" else 2**20
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 3)


def _in_line(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items() if _is_short(value))


def _is_short(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and 0 < len(value) <= LONGEST_SHOWN)


def pin_threads() -> None:
    """Give torch as many threads as ``EXPLAINREC_THREADS`` says, and no result a digit that depends on how many.

    Libraries read this when they are loaded, once. OpenMP's threads are kept from spinning while they wait:
    oversubscription costs up to ten times.
    """
    # numpy's and scipy's sums are split among their threads, so that last digits depend on how many there are.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # So are torch's products, unless MKL is asked for "strict reproducibility": one order for any number.
    os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
    # Large pages for tensors: pictures are encoded a third faster, where the system offers them.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    threads = os.environ.get("EXPLAINREC_THREADS") or str(os.cpu_count() or 1)
    os.environ.setdefault("OMP_NUM_THREADS", threads)
