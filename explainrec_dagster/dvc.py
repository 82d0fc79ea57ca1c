"""The Dagster resource that runs one DVC stage as a process and says how it went."""

import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterPipesExecutionError  # noqa: PLC2701 - Dagster exports no other name for it

from explainrec_dagster.pipeline import Stage
from explainrec_dagster.previews import accepted_previews
from explainrec_dagster.repro import OUR_ERROR, RAN

LAST_LINES = 12
_DVC_ERROR = "ERROR: "
_DVC_PREFIX = re.compile(r"^ERROR: (failed to reproduce '[^']*': )?")


@dataclass(frozen=True)
class Outcome:
    """How a stage ended.

    Attributes:
        cached: DVC found it up to date and did not run it.
        seconds: that the stage took, as it measured itself, else the whole command.
        reason: why it failed, in the stage's own words; empty if it did not.
    """

    stage: Stage
    cached: bool
    seconds: float
    reason: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)


class Watcher:
    """Is told what runs; this one does nothing. ``run.py`` draws its progress with another."""

    def started(self, stage: Stage, log: Path) -> None:
        """Hear that a stage starts, and where its output goes."""

    def finished(self, outcome: Outcome) -> None:
        """Hear how it ended."""


class Dvc:
    """Runs stages of the project at ``root`` through Dagster Pipes."""

    def __init__(self, root: Path, watcher: Watcher | None = None) -> None:
        """Remember where the project is and who watches."""
        self.root = root
        self._watcher = watcher or Watcher()
        self._pipes = dg.PipesSubprocessClient(cwd=str(root), env=environment())

    def run(self, context: dg.AssetExecutionContext, stage: Stage) -> Outcome:
        """Run ``dvc --wait-for-lock repro --single-item`` for a stage; a failure is an outcome too."""
        # Two runs may come to the same stage at once: each has a log of its own until it is over.
        log = self.root / ".explainrec" / "logs" / "stages" / f"{stage.name}.{context.run_id}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        self._watcher.started(stage, log)
        start = time.monotonic()
        reason, messages = "", []
        command = [sys.executable, "-m", "explainrec_dagster.repro", stage.name, str(log)]
        try:
            with accepted_previews():
                completed = self._pipes.run(context=context.op_execution_context, command=command)
            messages = [message for message in completed.get_custom_messages() if isinstance(message, dict)]
        except DagsterPipesExecutionError:
            reason = failure_reason(log.read_text(encoding="utf-8", errors="replace"))
        said = messages[-1] if messages else {}
        outcome = Outcome(
            stage=stage,
            cached=not reason and RAN not in log.read_bytes(),
            seconds=float(said.get("seconds", time.monotonic() - start)),
            reason=reason,
            report=said.get("report", {}),
        )
        self._watcher.finished(outcome)
        log.replace(log.with_name(f"{stage.name}.log"))
        return outcome


def environment() -> dict[str, str]:
    """Return what a stage's process needs beside the variables that are set already."""
    own_programs = str(Path(sys.executable).parent)
    threads = os.environ.get("OMP_NUM_THREADS") or os.environ.get("EXPLAINREC_THREADS") or str(os.cpu_count() or 1)
    return {
        "PATH": os.pathsep.join([own_programs, os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": threads,
        # Threads that spin while they wait slow down everything else on a small machine.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
    }


def failure_reason(output: str) -> str:
    r"""Return the last lines a failed stage printed itself, or DVC's reason if the stage did not get to run.

    >>> failure_reason("Running stage 'a':\n> run a\nno such file\nERROR: failed to reproduce 'a': failed to run")
    'no such file'
    """
    lines = [part.rstrip() for part in re.split(r"[\r\n]+", output) if part.strip()]
    started = next((at for at, line in enumerate(lines) if line.startswith("> ")), None)
    ended = max((at for at, line in enumerate(lines) if line.startswith(_DVC_ERROR)), default=len(lines))
    own = lines[started + 1 : ended] if started is not None else []
    # Of a stage, or behind DVC's own words where these say too little.
    for said in (lines[ended + 1 :], own):
        spoken = max((at for at, line in enumerate(said) if line.startswith(OUR_ERROR)), default=None)
        if spoken is not None:
            return "\n".join(said[spoken:]).removeprefix(OUR_ERROR)
    if own:
        return "\n".join(own[-LAST_LINES:])
    return _DVC_PREFIX.sub("", "\n".join(lines[ended:] or lines[-LAST_LINES:])) or "it said nothing"
