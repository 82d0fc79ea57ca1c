"""A real file system of a few megabytes, in a mount namespace of its own, so that a disk can be full."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_MOUNT = 'mount -t tmpfs -o size="$1" none "$0" && echo mounted && exec cat'
BALLAST = "ballast"


@dataclass(frozen=True)
class SmallDisk:
    """A mounted folder; only commands started with ``run`` see it under its own path."""

    holder: int
    folder: Path

    @property
    def view(self) -> Path:
        """The folder as everybody else may reach it."""
        return Path(f"/proc/{self.holder}/root{self.folder}")

    @property
    def inside(self) -> list[str]:
        """What a command starts with to run inside."""
        enter = ["nsenter", f"--target={self.holder}", "--user", "--mount", "--preserve-credentials"]
        return [*enter, "env", f"--chdir={self.folder}"]

    def run(self, command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside."""
        return subprocess.run(
            [*self.inside, *command],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def fill(self, *, leaving: int = 0) -> None:
        """Leave so many bytes free."""
        self.make_room()
        size = shutil.disk_usage(self.view).free - leaving
        with (self.view / BALLAST).open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def make_room(self) -> None:
        """Take the ballast away."""
        (self.view / BALLAST).unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount a disk on an existing folder; skips the test where the kernel does not let this user mount.

    Args:
        folder: empty.
        size: as tmpfs has it ("4m").
    """
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, str(folder), size]
    missing = [name for name in ("unshare", "nsenter", "mount") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no full disk here: {' and '.join(missing)} not installed")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stderr is not None
        if holder.stdout.readline() != "mounted\n":
            pytest.skip(f"no full disk here: {holder.stderr.read().strip()}")
        try:
            yield SmallDisk(holder.pid, folder)
        finally:
            holder.stdin.close()
