"""Errors a user can cause, each with what was found, what was expected and what to do."""

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz import process


class ExplainRecError(Exception):
    """Base of every error meant for the user; the command line prints it without a traceback.

    Not for broken invariants inside the code: those are assertions.
    """

    exit_code = 1


class ParamsError(ExplainRecError):
    """A choice in params.yaml or on the command line that cannot be used. Not for bad data files."""

    exit_code = 2


class UnknownNameError(ParamsError):
    """A name (dataset, system, user, key) that is not known. Not for missing files."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, advice: str = "") -> None:
        """Build the message with the nearest known names.

        Args:
            kind: what the name stands for, in the user's words ("dataset").
            name: the name that was given.
            known: every name that would have been accepted.
            advice: what to do when none of the known names is meant.
        """
        self.nearest = nearest_names(name, known)
        hint = f" Nearest known: {', '.join(self.nearest)}." if self.nearest else ""
        super().__init__(f"unknown {kind} {name!r}.{hint}{' ' + advice if advice else ''}")


class DataError(ExplainRecError):
    """A file that is not what it claims to be. Not for rows a stage may drop and count."""

    exit_code = 3


class NothingToLearnError(DataError):
    """A dataset that one system can learn nothing from; its row of the table says why. Not for files that are wrong."""


class QualityError(ExplainRecError):
    """Data that failed a critical expectation."""

    exit_code = 4


class MissingArtefactError(ExplainRecError):
    """An output of an earlier stage that is not on disk yet."""

    exit_code = 5


class SourceUnavailableError(ExplainRecError):
    """A host or package index that could not be reached, after the retries. Not for wrong content."""

    exit_code = 6


class MachineError(ExplainRecError):
    """What the machine refuses: a full disk, a file without permission. Not for wrong content."""

    exit_code = 7

    def __init__(self, message: str, number: int | None = None) -> None:
        """Keep the operating system's number beside the message.

        Args:
            message: in the user's words.
            number: as in ``errno``.
        """
        self.errno = number
        super().__init__(message)


FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "a file would pass the size limit (`ulimit -f`, or the file system's own)",
}
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_KIND = {
    errno.EISDIR: "is a folder where a file is expected; move it away",
    errno.ENOTDIR: "is a file, or lies below one, where a folder is expected; move it away",
}
_NUMBER = re.compile(r"\(os error (\d+)\)|\[Errno (\d+)\]")
"""How Rust and Python end what the operating system told them, inside the texts of other errors."""
_NOTHING_FREE = 64 * 1024


def machine_error(error: BaseException) -> MachineError | None:
    """Return what the machine refused, in the user's words, or None where something else went wrong."""
    full = full_disk(error)
    if full is not None or isinstance(error, ExplainRecError):
        return full
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        message = (
            f"there is not enough memory: {error}. Close other programs, or run on a machine with more. Earlier "
            "outputs are as they were."
        )
        return MachineError(message)
    number = _number(error)
    where = " or ".join(_named(error)) or str(Path.cwd())
    if number in FORBIDDEN:
        message = (
            f"{where} may not be read or written by this user ({os.strerror(number)}). Correct its permissions and run "
            "the same command again; earlier outputs are as they were."
        )
        return MachineError(message)
    if isinstance(error, OSError):
        if number in _KIND and _named(error):
            return MachineError(f"{_named(error)[-1]} {_KIND[number]}. Earlier outputs are as they were.")
        named = f"{where} cannot be used: the operating system says " if _named(error) else ""
        return MachineError(f"{named}{error.strerror or error}. Earlier outputs are as they were.")
    return None


def full_disk(error: BaseException, writing: Path | None = None) -> MachineError | None:
    """Return that there is no room left, in the user's words, or None where that is not why ``error`` was raised.

    Libraries hide the system's answer in texts and behind errors of their own, so the whole chain is searched. Some
    say nothing of it at all: of them it is believed where the disk has nothing free at this moment.

    Args:
        error: what was raised.
        writing: output that was being written; unset, what the error itself names.
    """
    if writing is None and isinstance(error, MachineError):
        return error
    for link in _chain(error):
        number = _number(link)
        if number in FULL:
            named = _named(link)
            where = writing or (Path(named[-1]) if named else None)
            return _no_room(number, where, os.strerror(number) if where else str(link))
    if writing is not None and _may_hide_its_cause(error) and _free(writing) < _NOTHING_FREE:
        return _no_room(errno.ENOSPC, writing, os.strerror(errno.ENOSPC))
    return None


def _no_room(number: int, where: Path | None, said: str) -> MachineError:
    free = f"; {_free(where) / 1024**2:,.0f} MiB are free there" if where else ""
    # DVC puts an earlier output away before it runs a stage.
    under_dvc = "DVC_ROOT" in os.environ
    earlier = "`dvc checkout` brings earlier outputs back" if under_dvc else "earlier outputs are as they were"
    message = (
        f"{FULL[number]}: {where or 'a file'} could not be written ({said}{free}). Nothing half-written is kept and "
        f"{earlier}. Make room (`dvc gc --workspace` removes unused cache) and run the same command again."
    )
    return MachineError(message, number)


def _named(error: BaseException) -> list[str]:
    """Return the files of an error: the one that was read or renamed, the one that was written."""
    names = (getattr(error, name, None) for name in ("filename", "filename2"))
    return [os.fsdecode(name) for name in names if isinstance(name, str | bytes | os.PathLike)]


def _free(path: Path) -> int:
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _number(error: BaseException) -> int:
    """Return the operating system's number of an error, 0 if there is none."""
    if isinstance(error, OSError | MachineError) and error.errno:
        return error.errno
    found = _NUMBER.search(str(error))
    return int(found[1] or found[2]) if found else 0


def _may_hide_its_cause(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return not error.errno
    return type(error).__module__ != "builtins" and not isinstance(error, ExplainRecError)


def nearest_names(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return up to ``limit`` known names, the most similar first.

    >>> nearest_names("ml-100", ["ml-100k", "sample-shop"])
    ['ml-100k']
    """
    matches = process.extract(name, sorted(set(known)), limit=limit, score_cutoff=55)
    return [match[0] for match in matches]
