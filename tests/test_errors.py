"""What the machine refused is found behind the errors of libraries; a mistake of ours stays one."""

import errno
import shutil
from pathlib import Path

import polars as pl
import pytest
from small_disk import small_disk

from explainrec_models.errors import DataError, full_disk, machine_error


def behind(first: Exception, second: Exception) -> Exception:
    """Return the second error as it is when it is raised while the first is handled."""
    second.__context__ = first
    return second


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a", None, "b"), "the disk is full: b could not be written"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "your disk quota is used up: a file could not be written"),
        (OSError("No space left on device (os error 28)"), "the disk is full"),
        (shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")]), "the disk is full"),
        (pl.exceptions.ComputeError("parquet: underlying IO error: (os error 28)"), "the disk is full"),
        (behind(OSError(errno.ENOSPC, "full"), KeyError("x")), "the disk is full"),
        (behind(OSError(errno.ENOSPC, "full"), DataError("a cannot be read")), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "a"), "a may not be read or written by this user"),
        (pl.exceptions.ComputeError("a: Permission denied (os error 13)"), "may not be read or written by this user"),
        (OSError(errno.EROFS, "Read-only file system", "a"), "a may not be read or written"),
        (OSError("Can't load the tokenizer"), "Can't load the tokenizer. Earlier outputs are as they were."),
        (MemoryError("Unable to allocate 75 GiB"), "there is not enough memory: Unable to allocate 75 GiB."),
    ],
)
def test_what_the_machine_refused_is_found(error: Exception, expected: str) -> None:
    assert expected in str(machine_error(error))


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        ValueError("28"),
        pl.exceptions.ComputeError("column not found"),
        pl.exceptions.ComputeError("no such file (os error 2)"),
        behind(FileNotFoundError(errno.ENOENT, "no such file", "a"), KeyError("x")),
        DataError("a.csv, line 3: 5 fields"),
    ],
)
def test_a_mistake_of_ours_stays_one(error: Exception) -> None:
    assert machine_error(error) is None
    assert full_disk(error, Path("out")) is None


def test_an_error_that_says_nothing_is_believed_where_nothing_is_free(tmp_path: Path) -> None:
    silent = pl.exceptions.ComputeError("parquet: Invalid thrift: transport error")
    assert full_disk(silent, tmp_path / "out") is None
    with small_disk(tmp_path, "1m") as disk:
        disk.fill()
        assert "the disk is full" in str(full_disk(silent, disk.view / "out"))
        assert full_disk(KeyError("x"), disk.view / "out") is None


def test_under_dvc_the_message_says_how_earlier_outputs_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", "/project")
    message = str(full_disk(OSError(errno.ENOSPC, "full"), Path("data/raw/shop")))
    assert "`dvc checkout` brings earlier outputs back" in message
