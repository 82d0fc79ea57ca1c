"""`python -m explainrec_dagster.repro STAGE LOG`: run one DVC stage, wait for DVC's locks, copy its output to a log."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from dagster_pipes import open_dagster_pipes

from explainrec_models.errors import FULL

# DVC's read-write lock never waits, with or without --wait-for-lock, and a training may hold it for hours; the lock
# around that lock waits three seconds.
BUSY = (b"is busy, it is being blocked by", b"Unable to acquire lock")
RAN = b"Running stage '"
OUR_ERROR = "explainrec: "
GIVE_UP_AFTER = 6 * 3600.0
LONGEST_PAUSE = 15.0


def repro(stage: str, log: Path) -> int:
    """Run ``dvc repro`` for one stage and return its exit code.

    Args:
        stage: DVC's name for it.
        log: file that gets a copy of the output.
    """
    give_up_at = time.monotonic() + GIVE_UP_AFTER
    pause = 0.5
    while True:
        code, output = _run_once(["dvc", "--wait-for-lock", "repro", "--single-item", stage], log)
        if code == 0 or RAN in output:
            break
        if _mended():
            continue
        if not any(busy in output for busy in BUSY) or time.monotonic() > give_up_at:
            break
        sys.stdout.write(f"another DVC process holds the lock of {stage}; trying again in {pause:g} s\n")
        sys.stdout.flush()
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    if code != 0 and OUR_ERROR.encode() not in output:
        _explain_full_disk(output, log)
    if code == 0 and RAN not in output and "DAGSTER_PIPES_CONTEXT" in os.environ:
        # A stage that is up to date starts no process that could greet Dagster, which would warn of silence.
        with open_dagster_pipes():
            pass
    return code


def _mended() -> bool:
    """Clear away what a killed DVC may have left in the way, and return whether there was anything."""
    # Its imports take longer than DVC needs to see that a stage is up to date.
    from explainrec_dagster.mending import mend

    done = mend(Path.cwd())
    sys.stdout.writelines(f"{sentence}\n" for sentence in done)
    return bool(done)


def _explain_full_disk(output: bytes, log: Path) -> None:
    """Say what DVC only hints at when there is no room for its cache or for dvc.lock, which it writes in place."""
    number = next((number for number in FULL if os.strerror(number).encode() in output), None)
    if number is None:
        return
    line = (
        f"{OUR_ERROR}{FULL[number]}: DVC could not write its cache or dvc.lock ({os.strerror(number)}). Make room "
        "(`dvc gc --workspace` removes unused cache) and run again; where dvc.lock was cut short, `explainrec mend` "
        "first.\n"
    )
    sys.stdout.write(line)
    sys.stdout.flush()
    with log.open("a", encoding="utf-8") as copy:
        copy.write(line)


def _run_once(command: list[str], log: Path) -> tuple[int, bytes]:
    output = bytearray()
    # A session of its own: an interrupt then reaches DVC and the stage exactly once, from here.
    with (
        log.open("wb", buffering=0) as copy,
        subprocess.Popen(  # noqa: S603 - the command is built above
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            while chunk := os.read(process.stdout.fileno(), 65536):
                output += chunk
                # A log that no longer fits on the disk must not leave DVC behind alone.
                with suppress(OSError):
                    copy.write(chunk)
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                # What a shell starts in the background ignores interrupts.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            raise
    return process.returncode, bytes(output)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminate)
    try:
        sys.exit(repro(sys.argv[1], Path(sys.argv[2])))
    except KeyboardInterrupt:
        sys.exit(130)
