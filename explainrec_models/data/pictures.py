"""Pictures of items in a raw folder: ``images/<item id>.<suffix>``, brought from a folder or an archive."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from explainrec_models.data.arrivals import Location, opened
from explainrec_models.errors import DataError

FOLDER = "images"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")
OTHER_SUFFIX = "files_without_a_picture_suffix"
REPEATED = "pictures_of_an_item_that_has_one"
EMPTY = "pictures_without_content"
NO_ID = "pictures_without_a_usable_item_id"
_LONGEST_NAME = 200
"""File systems stop at 255 bytes; temporary names and suffixes need some of them."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class PictureArrival:
    """What came of bringing pictures.

    Attributes:
        brought: how many items have a picture now.
        dropped: reason to count, of what was left out.
    """

    brought: int
    dropped: Mapping[str, int] = field(default_factory=dict)


def bring_pictures(source: Path, out: Path) -> PictureArrival:
    """Copy pictures named ``<item id>.<suffix>``, in whatever sub folder, unchanged into ``out/images``.

    Of several pictures of one item the first in sorted order that has content is taken, and none where the raw folder
    has one already. A name may hold the id as it is or as ``file_name`` writes it.

    Args:
        source: a folder, zip or tar, or one picture.
        out: raw folder of a dataset.

    Raises:
        MissingArtefactError: there is no such folder or archive.
        DataError: it is broken, holds links, cannot be read, or holds no picture of an item.
    """
    counts: Counter[str] = Counter()
    with opened(source) as location:
        waiting = _by_item(location.names, counts)
        for item_id in waiting.keys() & picture_paths(out).keys():
            counts[REPEATED] += len(waiting.pop(item_id))
        brought = _copy_first(location, waiting, out / FOLDER, counts)
    if not brought and not counts[REPEATED]:
        left_out = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in counts.items() if count)
        message = (
            f"{source} holds no picture of an item ({left_out or 'it is empty'}). Expected files named by item id, "
            f"such as 123.jpg, with one of the suffixes {', '.join(SUFFIXES)}."
        )
        raise DataError(message)
    return PictureArrival(brought, {reason: count for reason, count in sorted(counts.items()) if count})


def picture_paths(raw: Path) -> dict[str, str]:
    """Return the item id of each picture that lies in a raw folder, with its path relative to that folder."""
    folder = raw / FOLDER
    if not folder.is_dir():
        return {}
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    found: dict[str, str] = {}
    for name in names:
        stem, suffix = _split(name)
        if suffix in SUFFIXES and is_id(id_of(stem)):
            found.setdefault(id_of(stem), f"{FOLDER}/{name}")
    return found


def file_name(item_id: str) -> str:
    """Return an item id as a file name without suffix: characters with a meaning for file systems are percent-encoded.

    >>> file_name("B00/1 a")
    'B00%2F1%20a'
    """
    name = quote(item_id, safe="")
    # A leading dot hides a file, and two of them lead upwards.
    return f"%2E{name[1:]}" if name.startswith(".") else name


def id_of(stem: str) -> str:
    """Return the item id that a user's file name means: written by the rule of ``file_name``, or as it is.

    >>> [id_of("B00%2F1"), id_of("100%"), id_of("a b")]
    ['B00/1', '100%', 'a b']
    """
    plain = unquote(stem)
    return plain if file_name(plain) == stem else stem


def is_id(item_id: str) -> bool:
    """Return whether pictures of this item can be stored under its id."""
    return (
        bool(item_id.strip())
        and not _CONTROL.search(item_id)
        and len(item_id) <= _LONGEST_NAME
        and len(file_name(item_id)) <= _LONGEST_NAME
    )


def _split(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    return path.stem, path.suffix.lower()


def _by_item(names: Iterable[str], counts: Counter[str]) -> dict[str, list[str]]:
    """Return the files of each item, in sorted order; count those that are no pictures of items."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        stem, suffix = _split(name)
        item_id = id_of(stem)
        if suffix not in SUFFIXES:
            counts[OTHER_SUFFIX] += 1
        # What macOS puts beside each file of a zip is named like it, behind a dot.
        elif stem.startswith(".") or not is_id(item_id):
            counts[NO_ID] += 1
        else:
            found.setdefault(item_id, []).append(name)
    return found


def _copy_first(location: Location, waiting: dict[str, list[str]], folder: Path, counts: Counter[str]) -> int:
    """Copy the first file with content of each item; an item whose first file is empty gets another round."""
    brought = 0
    while waiting:
        targets = {names[0]: folder / (file_name(item_id) + _split(names[0])[1]) for item_id, names in waiting.items()}
        location.copy_all(targets)
        again = {}
        for item_id, (name, *others) in waiting.items():
            if targets[name].stat().st_size:
                brought += 1
                counts[REPEATED] += len(others)
                continue
            targets[name].unlink()
            counts[EMPTY] += 1
            if others:
                again[item_id] = others
        waiting = again
    return brought
