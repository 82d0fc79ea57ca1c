"""Whether a DVC command is at work in a project, by the locks that DVC itself holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zc.lockfile

COMMANDS = Path(".dvc", "tmp", "lock")
"""Every DVC command holds this one, but for the time that a stage runs."""
RUNNING = Path(".dvc", "tmp", "rwlock")
"""Which processes read and write which paths."""
RUNNING_GUARD = Path(".dvc", "tmp", "rwlock.lock")


@contextmanager
def held(lock: Path) -> Iterator[bool]:
    """Hold a lock of DVC's for the block, and say whether that could be: not while another process has it."""
    if not lock.parent.is_dir():
        # DVC has never run here.
        yield True
        return
    try:
        ours = zc.lockfile.LockFile(str(lock))
    except zc.lockfile.LockError:
        yield False
        return
    try:
        yield True
    finally:
        ours.close()
