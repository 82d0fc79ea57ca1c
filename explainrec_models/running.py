"""Running one stage from the command line: time it, tell Dagster through Pipes, print one line."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

SCRATCH = Path(".explainrec")
"""What survives a killed run and is nobody's output: checkpoints, timings, downloads."""
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

    _pin_threads()
    started = time.perf_counter()
    if "DAGSTER_PIPES_CONTEXT" not in os.environ:
        facts = work().summary()
        _finish(stage, subject, facts, started)
        return facts
    with open_dagster_pipes():
        facts = work().summary()
        seconds = _finish(stage, subject, facts, started)
        message = {"stage": stage, "subject": subject, "seconds": round(seconds, 2), "report": facts}
        PipesContext.get().report_custom_message(message)
        return facts


def _finish(stage: str, subject: str, facts: dict[str, Any], started: float) -> float:
    seconds = time.perf_counter() - started
    SCRATCH.mkdir(exist_ok=True)
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "stage": stage, "subject": subject}
    with (SCRATCH / "timings.jsonl").open("a", encoding="utf-8") as timings:
        timings.write(json.dumps({**line, "seconds": round(seconds, 3)}) + "\n")
    print(f"{stage} {subject}: {_in_line(facts)} ({seconds:.1f} s)")  # noqa: T201 - this is the command's output
    return seconds


def _in_line(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items() if _is_short(value))


def _is_short(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and 0 < len(value) <= LONGEST_SHOWN)


def _pin_threads() -> None:
    """Keep OpenMP's threads from spinning while they wait; oversubscription costs up to ten times."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    threads = os.environ.get("EXPLAINREC_THREADS") or str(os.cpu_count() or 1)
    os.environ.setdefault("OMP_NUM_THREADS", threads)
