"""The members of zip, tar and gzip files, listed without trusting the archive."""

import bz2
import errno
import gzip
import lzma
import re
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

from explainrec_models.errors import DataError

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
_CHUNK = 1024**2
_OVERHEAD_BYTES = 8 * 1024**2
"""Headers and padding of a tar, which come on top of what the members hold."""
_LARGEST_ZIP_END = 2**16 + 128
"""Bytes of the end of a zip: a comment, and fixed records."""
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)
"""What the standard library raises for damaged archives; RuntimeError stands for encrypted members of a zip."""
_GZIP = b"\x1f\x8b"
_UNPACKERS: Mapping[bytes, Callable[[Path], object]] = {
    _GZIP: gzip.GzipFile,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"BZh": bz2.BZ2File,
}
"""First bytes to what unpacks the rest."""


@dataclass(frozen=True)
class Member:
    """One regular file, link or device in an archive, and how to open it.

    Attributes:
        name: with slashes alone and without ``./``; it never leads out of its folder.
        is_link: a link or a device: anything but a regular file.
    """

    name: str
    is_link: bool
    open: Callable[[], IO[bytes]]


@contextmanager
def opened_archive(archive: Path, *, budget: int) -> Iterator[Iterator[Member]]:
    """Yield the members of an archive other than folders, in its own order; they can be opened inside the block.

    Args:
        archive: as for ``extract``.
        budget: bytes that a compressed tar may unpack to while it is searched for its members.

    Raises:
        DataError: the archive is broken, encrypted or cut short, or one of its names leads out of its folder.
    """
    with ExitStack() as open_files:
        with reported_as_broken(archive):
            listing = _listing(archive, budget, open_files)
        yield _reported_listing(archive, listing)


def _listing(archive: Path, budget: int, open_files: ExitStack) -> Iterator[Member]:
    """Open an archive by its name first: a tar may end in a zip, and would pass for one."""
    name = archive.name.lower()
    if name.endswith(TAR_SUFFIXES):
        stream = _tar_stream(archive, budget, open_files)
        # The stream has what tarfile asks of a file: read, seek and tell.
        packed_tar = open_files.enter_context(tarfile.TarFile(fileobj=cast("IO[bytes]", stream)))
        return _tar_members(archive, packed_tar, stream)
    if name.endswith(".gz"):
        return iter([Member(archive.name[:-3], is_link=False, open=lambda: _unpacked(archive, _GZIP))])
    if zipfile.is_zipfile(archive):
        return _zip_members(archive, open_files.enter_context(zipfile.ZipFile(archive)))
    message = f"{archive} is not a zip, wheel, tar or gzip file, or is cut short. Fetch it again."
    raise DataError(message)


def _reported_listing(archive: Path, listing: Iterator[Member]) -> Iterator[Member]:
    with reported_as_broken(archive):
        yield from listing


def leads_out(name: str) -> bool:
    """Return whether a name is absolute, climbs with ``..`` or hides either behind a backslash or a drive letter."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(_DRIVE.match(path.as_posix())) or "\0" in name


@contextmanager
def reported_as_broken(archive: Path) -> Iterator[None]:
    """Turn what the standard library raises for a damaged archive into an error for the user.

    Raises:
        DataError: the archive is broken, cut short, encrypted or packed in a way that cannot be read.
    """
    try:
        yield
    except NotImplementedError as error:
        message = (
            f"{archive} is packed in a way that cannot be read here ({error}). Unpack it with the program that made it "
            "and name the folder instead."
        )
        raise DataError(message) from error
    except _BROKEN as error:
        message = f"{archive} cannot be unpacked: {error}. It is broken, cut short or encrypted: fetch it again."
        raise DataError(message) from error
    except OSError as error:
        # Errors without a number come from the unpackers; an invalid argument is a place before the start of the file.
        if error.errno not in {None, errno.EINVAL}:
            raise
        kind = "is not gzip data" if isinstance(error, gzip.BadGzipFile) else "cannot be unpacked"
        message = f"{archive} {kind}: {error}. Fetch it again."
        raise DataError(message) from error


class _Stream(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


class _TarStream:
    """The bytes of a tar file, up to a limit; remembers the block that was read last."""

    def __init__(self, archive: Path, stream: _Stream, limit: int) -> None:
        self._archive, self._stream, self._limit = archive, stream, limit
        self.last = b""

    def read(self, size: int = -1, /) -> bytes:
        self.last = self._stream.read(size)
        self._check(self._stream.tell())
        return self.last

    def seek(self, offset: int, whence: int = 0, /) -> int:
        # Before the jump: what is jumped over is unpacked too.
        self._check(offset)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def _check(self, position: int) -> None:
        if position > self._limit:
            message = (
                f"{self._archive} unpacks to more than {self._limit:,} bytes. An archive this small holds less: do not "
                "trust it."
            )
            raise DataError(message)


def _tar_stream(archive: Path, budget: int, open_files: ExitStack) -> _TarStream:
    """Open a tar file by what it is, whatever its name says."""
    file = open_files.enter_context(archive.open("rb"))
    start = file.read(8)
    file.seek(0)
    for magic in _UNPACKERS:
        if start.startswith(magic):
            return _TarStream(archive, open_files.enter_context(_unpacked(archive, magic)), budget + _OVERHEAD_BYTES)
    # Of a plain tar no more than its size can come out, whatever its headers claim.
    return _TarStream(archive, file, sys.maxsize)


def _unpacked(archive: Path, magic: bytes) -> IO[bytes]:
    return cast("IO[bytes]", _UNPACKERS[magic](archive))


def _zip_members(path: Path, archive: zipfile.ZipFile) -> Iterator[Member]:
    # zipfile reads as much of the list of members as its damaged size claims, and never counts.
    if len(archive.infolist()) & 0xFFFF != _stated_members(path):
        message = f"{path} does not hold as many files as it says: it is broken. Fetch it again."
        raise DataError(message)
    for info in archive.infolist():
        is_folder = info.filename.endswith(("/", "\\"))
        name = _checked_name(path, info.filename, is_folder=is_folder)
        if is_folder:
            continue
        # The upper half of the attributes holds the Unix mode; 0xA000 is a symbolic link.
        is_link = (info.external_attr >> 16) & 0xF000 == 0xA000  # noqa: PLR2004  # named in the comment above
        yield Member(name, is_link, lambda info=info: archive.open(info))  # type: ignore[misc]


def _stated_members(path: Path) -> int:
    """Return the lower 16 bits of the number of members that the end of a zip states."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LARGEST_ZIP_END))
        tail = file.read()
    start = tail.rfind(b"PK\5\6")
    stated: int = struct.unpack_from("<H", tail, start + 10)[0]
    if stated != 0xFFFF:  # noqa: PLR2004  # the mark of numbers that need more than 16 bits
        return stated
    wide = tail.rfind(b"PK\6\6", 0, start)
    return stated if wide < 0 else int(struct.unpack_from("<Q", tail, wide + 32)[0]) & 0xFFFF


def _tar_members(path: Path, archive: tarfile.TarFile, stream: _TarStream) -> Iterator[Member]:
    last = "its start"
    for info in archive:
        name = last = _checked_name(path, info.name, is_folder=info.isdir())
        if info.isdir():
            continue
        opener: Callable[[], IO[bytes]] = lambda info=info: archive.extractfile(info)  # type: ignore[misc,assignment]  # noqa: E731
        yield Member(name, not info.isreg(), opener)
    # tarfile takes a damaged header for the end, and would lose all members after it without a word. Reading on to the
    # end of a compressed stream lets its checksum speak.
    if stream.last != bytes(tarfile.BLOCKSIZE) or any(map(any, iter(lambda: stream.read(_CHUNK), b""))):
        message = (
            f"{path} has no end, or more than an end, after {last!r}: it is cut short or broken there. Fetch it again, "
            "or unpack it with the program that made it and name the folder instead."
        )
        raise DataError(message)


def _checked_name(archive: Path, name: str, *, is_folder: bool) -> str:
    if leads_out(name):
        message = f"{archive} holds the name {name!r}, which leads out of its folder. Do not trust this archive."
        raise DataError(message)
    checked = PurePosixPath(name.replace("\\", "/"))
    if not checked.parts and not is_folder:
        message = f"{archive} holds a file without a name. It is broken: fetch it again."
        raise DataError(message)
    return checked.as_posix()
