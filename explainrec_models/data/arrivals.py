"""Bringing a user's files as they are: out of a folder, an archive or one file, into a raw folder."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NoReturn, Protocol

from explainrec_models.data.archive_members import TAR_SUFFIXES, Member, opened_archive
from explainrec_models.data.archives import (
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_TOTAL_BYTES,
    copy_member,
    regular,
    unpacking_budget,
)
from explainrec_models.errors import DataError, MissingArtefactError, nearest_names

ARCHIVE_SUFFIXES = (".zip", *TAR_SUFFIXES)
_FOREIGN_SUFFIXES = (".7z", ".rar", ".tar.zst", ".tzst")


class Location(Protocol):
    """Where a user's files lie, opened; names are sorted."""

    @property
    def path(self) -> Path:
        """The folder, archive or file that the user named."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Posix paths of the regular files inside, sorted; of a single file its own name. Archives inside are files."""
        ...

    def copy(self, name: str, target: Path) -> Path:
        """Copy one file; ``target`` is there whole or not at all, and its folder is made.

        Raises:
            DataError: there is no such file, it is broken, unreadable, too large or leads out of the location.
        """
        ...

    def copy_all(self, targets: Mapping[str, Path]) -> None:
        """Copy many files in the order in which they lie there: of a compressed tar, in one pass.

        Raises:
            DataError: as for ``copy``.
        """
        ...


def is_shadow(name: str) -> bool:
    """Return whether a file only stands beside another: archives packed on a Mac hold one of every file.

    >>> is_shadow("__MACOSX/ml/._ratings.csv"), is_shadow("ml/ratings.csv")
    (True, False)
    """
    path = PurePosixPath(name)
    return path.name.startswith(".") or "__MACOSX" in path.parts


@contextmanager
def opened(location: Path, *, max_total_bytes: int = MAX_TOTAL_BYTES, max_ratio: int = MAX_RATIO) -> Iterator[Location]:
    """Open a folder, an archive (``.zip``; ``.tar``, plain or with gzip, xz or bzip2) or one plain file.

    A single file that is only compressed (``.gz``) is a plain file.

    Args:
        location: what the user named.
        max_total_bytes: that may come out of an archive.
        max_ratio: unpacked bytes for each byte of an archive.

    Raises:
        MissingArtefactError: there is nothing of that name.
        DataError: it is neither of the three; the archive is broken, cut short or encrypted, holds links, one name
            twice or names that lead out of it; the folder cannot be listed, or holds folders that are links.
    """
    if _is_folder(location):
        yield _Plain(location, location, _names_below(location))
    elif not location.name.lower().endswith(ARCHIVE_SUFFIXES):
        yield _Plain(readable_file(location), location.parent, (location.name,))
    else:
        readable = readable_file(location)
        budget = unpacking_budget(readable, max_total_bytes=max_total_bytes, max_ratio=max_ratio)
        with opened_archive(readable, budget=budget) as listing:
            yield _Archive(readable, _members(readable, listing), budget)


def bring_file(path: Path, out: Path) -> Path:
    """Copy one named file unchanged into folder ``out``; what is compressed stays so.

    Raises:
        MissingArtefactError: there is no such file, or it is a broken link.
        DataError: it is a folder, cannot be read, or ``out`` has a file of that name already.
    """
    source, target = readable_file(path), out / path.name
    if target.exists():
        message = f"{path}: another file named {path.name} was brought before; rename one of them."
        raise DataError(message)
    return copy_whole(source, target)


class _Plain:
    """A folder, or the one file in it that the user named."""

    def __init__(self, path: Path, folder: Path, names: tuple[str, ...]) -> None:
        self.path, self.names = path, names
        self._folder, self._known = folder, frozenset(names)

    def copy(self, name: str, target: Path) -> Path:
        if name not in self._known:
            _refuse_name(self.path, name, self.names)
        source = self._folder / name
        if self.path != source and source.is_symlink() and not _stays_inside(source, self.path):
            message = (
                f"{source} is a link that leads out of {self.path}. Put the file itself there, or name it in "
                "params.yaml."
            )
            raise DataError(message)
        return copy_whole(readable_file(source), target)

    def copy_all(self, targets: Mapping[str, Path]) -> None:
        for name, target in targets.items():
            self.copy(name, target)


class _Archive:
    def __init__(self, path: Path, members: Mapping[str, Member], budget: int) -> None:
        self.path, self._members, self._left = path, members, budget
        self.names = tuple(sorted(members))

    def copy(self, name: str, target: Path) -> Path:
        if name not in self._members:
            _refuse_name(self.path, name, self.names)
        self._left -= copy_member(self.path, self._members[name], target, self._left)
        return target

    def copy_all(self, targets: Mapping[str, Path]) -> None:
        for name in targets:
            if name not in self._members:
                _refuse_name(self.path, name, self.names)
        # Members are held in the archive's order: a compressed tar is never read backwards.
        for name in self._members:
            if name in targets:
                self.copy(name, targets[name])


def _members(archive: Path, listing: Iterator[Member]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for member in listing:
        found[member.name] = regular(archive, member, found)
        if len(found) > MAX_MEMBERS:
            message = f"{archive} holds more than {MAX_MEMBERS:,} files. Unpack it and name the folder instead."
            raise DataError(message)
    return found


def _names_below(folder: Path) -> tuple[str, ...]:
    def refuse(error: OSError) -> NoReturn:
        message = f"{error.filename} cannot be listed: {error.strerror}. Correct its permissions and run again."
        raise DataError(message) from error

    names = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        for name in folders:
            if (Path(parent) / name).is_symlink():
                message = (
                    f"{Path(parent) / name} is a link to a folder, and links are not followed. Put the folder itself "
                    "there, or name it directly."
                )
                raise DataError(message)
        # A link is listed even where it leads nowhere: whoever asks for the file is told so.
        paths = (Path(parent) / name for name in files)
        names += [path.relative_to(folder).as_posix() for path in paths if path.is_file() or path.is_symlink()]
    return tuple(sorted(names))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        _refuse_reading(path, error)


def _stays_inside(link: Path, folder: Path) -> bool:
    return link.resolve().is_relative_to(folder.resolve())


def readable_file(path: Path) -> Path:
    """Return a file that can be read.

    Raises:
        MissingArtefactError: there is none, or a broken link.
        DataError: it is something else, or cannot be opened.
    """
    if path.name.lower().endswith(_FOREIGN_SUFFIXES):
        message = f"{path} is an archive that cannot be unpacked here. Unpack it and name the folder instead."
        raise DataError(message)
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
            return path
    except (FileNotFoundError, NotADirectoryError) as error:
        _refuse_missing(path, error)
    except OSError as error:
        _refuse_reading(path, error)
    message = f"{path} is {'a folder' if stat.S_ISDIR(mode) else 'a device or a pipe'}; expected a file."
    raise DataError(message)


def _refuse_missing(path: Path, error: OSError) -> NoReturn:
    if path.is_symlink():
        message = f"{path} is a link to {path.readlink()}, which is not there. Restore that file or name another one."
    else:
        advice = _nearest_beside(path)
        message = f"{path} is not there.{advice} Correct the path in params.yaml or on the command line."
    raise MissingArtefactError(message) from error


def _refuse_reading(path: Path, error: OSError) -> NoReturn:
    message = f"{path} cannot be read: {error.strerror}. Correct its permissions and run again."
    raise DataError(message) from error


def _nearest_beside(path: Path) -> str:
    if not path.parent.is_dir():
        return f" Nor is the folder {path.parent}."
    try:
        nearest = nearest_names(path.name, (beside.name for beside in path.parent.iterdir()))
    except OSError:
        return ""
    return f" Nearest beside it: {', '.join(nearest)}." if nearest else ""


def _refuse_name(location: Path, name: str, names: tuple[str, ...]) -> NoReturn:
    message = f"{location} holds no file {name!r}. Nearest: {', '.join(nearest_names(name, names)) or 'none'}."
    raise DataError(message)


def copy_whole(source: Path, target: Path) -> Path:
    """Copy a file that is known to be one; ``target`` is there whole or not at all, and its folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Lets the kernel copy, without the bytes passing through Python.
        shutil.copyfile(source, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        # Reading and writing do not say of what.
        raise OSError(error.errno, error.strerror, str(source), None, str(target)) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target
