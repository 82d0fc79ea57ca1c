"""Taking named members out of zip, wheel, tar and gzip files without trusting the archive."""

import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from explainrec_models.errors import DataError, nearest_names

MAX_TOTAL_BYTES = 2 * 1024**3
MAX_RATIO = 100
"""Unpacked bytes a packed byte may become; text packs up to about 20 times."""
RATIO_FREE_BYTES = 8 * 1024**2
"""Below this the ratio says nothing: a short run of zeros packs a thousand times."""
_CHUNK = 1024**2


@dataclass(frozen=True)
class _Member:
    """One regular file or link in an archive, and how to open it."""

    name: str
    is_link: bool
    open: Callable[[], IO[bytes]]


def extract(
    archive: Path,
    members: Mapping[str, str],
    out: Path,
    *,
    max_total_bytes: int = MAX_TOTAL_BYTES,
    max_ratio: int = MAX_RATIO,
) -> list[Path]:
    """Write members of an archive under ``out``; nothing else of the archive is touched.

    The size limits count the bytes that really come out, whatever the archive declares.

    Args:
        archive: a ``.zip``, ``.whl``, ``.tar``, ``.tar.gz``, ``.tgz``, ``.tar.xz`` or plain ``.gz`` file.
        members: name in the archive to path under ``out``. A plain ``.gz`` has one member, its name without ``.gz``.
        out: existing folder.
        max_total_bytes: of all members together.
        max_ratio: unpacked bytes for each byte of the archive.

    Returns:
        The written files, in the order of ``members``.

    Raises:
        DataError: the archive is broken, lacks a member, holds a name that leads out of its folder or a link in place
            of a wanted file, or unpacks to more than the limits.
    """
    targets = {name: _inside(archive, out, target) for name, target in members.items()}
    packed = archive.stat().st_size
    budget = min(max_total_bytes, max(RATIO_FREE_BYTES, packed * max_ratio))
    try:
        with _reported_as_broken(archive), _opened(archive) as listing:
            found = _wanted(archive, listing, members)
            for name, target in targets.items():
                budget -= _copy(archive, found[name], target, budget)
    except DataError:
        for target in targets.values():
            target.unlink(missing_ok=True)
        raise
    return list(targets.values())


def _inside(archive: Path, out: Path, target: str) -> Path:
    if _leads_out(target):
        message = f"{archive}: refusing to write {target!r}, which leads out of {out}."
        raise DataError(message)
    return out / target


def _leads_out(name: str) -> bool:
    """Return whether a name is absolute, climbs with ``..`` or hides either behind a backslash or a drive letter."""
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in name


@contextmanager
def _reported_as_broken(archive: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError) as error:
        # RuntimeError is what zipfile raises for encrypted members and unknown compression.
        message = f"{archive} cannot be unpacked: {error}. It is broken, cut short or encrypted: fetch it again."
        raise DataError(message) from error
    except gzip.BadGzipFile as error:
        message = f"{archive} is not gzip data: {error}. Fetch it again."
        raise DataError(message) from error


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[_Member]]:
    name = archive.name.lower()
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed_zip:
            yield _zip_members(packed_zip)
    elif name.endswith((".tar", ".tar.gz", ".tgz", ".tar.xz")):
        with tarfile.open(archive) as packed_tar:
            yield _tar_members(packed_tar)
    elif name.endswith(".gz"):
        yield iter([_Member(archive.name[:-3], is_link=False, open=lambda: cast("IO[bytes]", gzip.GzipFile(archive)))])
    else:
        message = f"{archive} is not a zip, wheel, tar or gzip file. Fetch it again."
        raise DataError(message)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        # The upper half of the attributes holds the Unix mode; 0xA000 is a symbolic link.
        is_link = (info.external_attr >> 16) & 0xF000 == 0xA000  # noqa: PLR2004  # named in the comment above
        yield _Member(info.filename, is_link, lambda info=info: archive.open(info))  # type: ignore[misc]


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Member]:
    for info in archive:
        opener: Callable[[], IO[bytes]] = lambda info=info: archive.extractfile(info)  # type: ignore[misc,assignment]  # noqa: E731
        yield _Member(info.name, not (info.isreg() or info.isdir()), opener)


def _wanted(archive: Path, listing: Iterator[_Member], members: Mapping[str, str]) -> dict[str, _Member]:
    """Check every name of the archive and return the wanted members."""
    found: dict[str, _Member] = {}
    names = []
    for member in listing:
        if _leads_out(member.name):
            message = (
                f"{archive} holds the name {member.name!r}, which leads out of its folder. Do not trust this archive."
            )
            raise DataError(message)
        names.append(member.name)
        if member.name not in members:
            continue
        if member.is_link:
            message = (
                f"{archive}: {member.name} is a link or a device; expected a regular file. Do not trust this archive."
            )
            raise DataError(message)
        if member.name in found:
            message = f"{archive} holds {member.name} twice; expected it once. Do not trust this archive."
            raise DataError(message)
        found[member.name] = member
    for name in members:
        if name not in found:
            message = f"{archive} has no member {name}. Nearest: {', '.join(nearest_names(name, names)) or 'none'}."
            raise DataError(message)
    return found


def _copy(archive: Path, member: _Member, target: Path, budget: int) -> int:
    """Copy one member and return its size; one larger than ``budget`` is refused."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    source: AbstractContextManager[IO[bytes]] = member.open()
    with source as stream, target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > budget:
                break
            file.write(chunk)
    if size > budget:
        message = (
            f"{archive}: {member.name} unpacks to more than the {budget:,} bytes that are left of the limit. "
            "An archive this small holds less: do not trust it."
        )
        raise DataError(message)
    return size
