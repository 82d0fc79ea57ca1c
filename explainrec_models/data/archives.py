"""Reading members of zip, wheel, tar and gzip files without trusting the archive."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from explainrec_models.data.archive_members import Member, leads_out, opened_archive, reported_as_broken
from explainrec_models.errors import DataError, nearest_names

MAX_TOTAL_BYTES = 64 * 1024**3
MAX_RATIO = 100
"""Unpacked bytes a packed byte may become; text packs up to about 20 times."""
RATIO_FREE_BYTES = 8 * 1024**2
"""Below this the ratio says nothing: a short run of zeros packs a thousand times."""
MAX_MEMBERS = 1_000_000
"""The list of an archive's members is held in memory."""
_CHUNK = 1024**2


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
        archive: a zip, wheel, tar (plain, gzip, xz or bzip2) or plain ``.gz`` file.
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
    budget = unpacking_budget(archive, max_total_bytes=max_total_bytes, max_ratio=max_ratio)
    try:
        with opened_archive(archive, budget=budget) as listing:
            found = _wanted(archive, listing, members)
            for name, target in targets.items():
                budget -= copy_member(archive, found[name], target, budget)
    except DataError:
        for target in targets.values():
            target.unlink(missing_ok=True)
        raise
    return list(targets.values())


def unpacking_budget(archive: Path, *, max_total_bytes: int = MAX_TOTAL_BYTES, max_ratio: int = MAX_RATIO) -> int:
    """Return how many bytes may come out of an archive of this size."""
    return min(max_total_bytes, max(RATIO_FREE_BYTES, archive.stat().st_size * max_ratio))


def copy_member(archive: Path, member: Member, target: Path, budget: int) -> int:
    """Copy one member and return its size; a copy that fails leaves no file behind.

    Raises:
        DataError: it is broken, or unpacks to more than ``budget`` bytes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with reported_as_broken(archive):
            return _copy(archive, member, target, budget)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(archive: Path, member: Member, target: Path, budget: int) -> int:
    size = 0
    with member.open() as stream, target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > budget:
                message = (
                    f"{archive}: {member.name} unpacks to more than the {budget:,} bytes that are left of the limit. "
                    "An archive this small holds less: do not trust it."
                )
                raise DataError(message)
            file.write(chunk)
    return size


def _inside(archive: Path, out: Path, target: str) -> Path:
    if leads_out(target):
        message = f"{archive}: refusing to write {target!r}, which leads out of {out}."
        raise DataError(message)
    return out / target


def _wanted(archive: Path, listing: Iterator[Member], members: Mapping[str, str]) -> dict[str, Member]:
    """Check every name of the archive and return the wanted members."""
    found: dict[str, Member] = {}
    names = []
    for member in listing:
        names.append(member.name)
        if member.name in members:
            found[member.name] = regular(archive, member, found)
    for name in members:
        if name not in found:
            message = f"{archive} has no member {name}. Nearest: {', '.join(nearest_names(name, names)) or 'none'}."
            raise DataError(message)
    return found


def regular(archive: Path, member: Member, found: Mapping[str, Member]) -> Member:
    """Return a member that is a regular file and not among those found already.

    Raises:
        DataError: it is a link, a device, or there a second time.
    """
    if member.is_link:
        message = (
            f"{archive}: {member.name} is a link or a device; expected a regular file. Do not trust this archive, or "
            "unpack it yourself and name the folder instead."
        )
        raise DataError(message)
    if member.name in found:
        message = f"{archive} holds {member.name} twice; expected it once. Do not trust this archive."
        raise DataError(message)
    return member
