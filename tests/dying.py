"""Processes that kill themselves where a test tells them to, and how a test starts them."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from explainrec_models.training.checkpoint_io import SafetensorsCheckpointIO

TESTS = str(Path(__file__).parent)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after_save(name: str, count: int) -> None:
    """Make the process kill itself right behind the ``count``-th write of one checkpoint file."""
    original = SafetensorsCheckpointIO.save_checkpoint
    written = []

    def save(self: SafetensorsCheckpointIO, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        original(self, checkpoint, path, storage_options)
        if Path(path).stem == name:
            written.append(path)
            if len(written) == count:
                die()

    SafetensorsCheckpointIO.save_checkpoint = save  # type: ignore[method-assign]


def start_script(script: Path, *words: Path | str) -> int:
    """Run a script in a process of its own; return its exit code, which is that of success or of a kill."""
    path = os.pathsep.join([TESTS, *filter(None, [os.environ.get("PYTHONPATH")])])
    run = subprocess.run(
        [sys.executable, str(script), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert run.returncode in {0, -signal.SIGKILL}, run.stderr
    return run.returncode
