"""The files of a layout that has some for each category: found by their names, copied, found again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from explainrec_models.data.arrivals import opened
from explainrec_models.data.pictures import SUFFIXES
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

IMAGES = "images"
META = "meta"
META_NAMES = ("meta_{}.jsonl", "meta_{}.jsonl.gz", "raw_meta_{}.jsonl", "raw_meta_{}.jsonl.gz")


@dataclass(frozen=True)
class CategoryFiles:
    """What the files of a layout are called.

    Attributes:
        layout: its name, for messages.
        roles: role to the names that a file may have, with ``{}`` for the category; the first two are for a plain and
            for a gzipped file.
        ways: sets of roles, of which a category has exactly one, whole; a role in none of them may be missing.
    """

    layout: str
    roles: Mapping[str, Sequence[str]]
    ways: Sequence[Sequence[str]]

    def bring(self, out: Path, request: Request) -> None:
        """Copy the files that a request asks for into ``out``, unchanged.

        Raises:
            ParamsError: ``location`` and ``categories`` are not both given, nor ``files`` and one category.
            UnknownNameError: a role is not known.
            MissingArtefactError: the location or a file is not there.
            DataError: a file is ambiguous, or leads out of the location.
        """
        request.refuse_unused(self.layout, used=("location", "files", "categories"), roles=tuple(self.roles))
        if request.files:
            self._bring_named(out, request)
        else:
            self._bring_categories(out, request)

    def find(self, names: Iterable[str], category: str, *, where: Path) -> dict[str, str]:
        """Return role to path of the files of a category, wherever they lie below a folder or archive.

        Args:
            names: posix paths of the files there are.
            category: as the files are spelled.
            where: folder or archive, for messages.

        Raises:
            MissingArtefactError: no way is there, or one is not whole.
            DataError: there are several ways, or several files for a role.
        """
        paths = list(names)
        found: dict[str, str] = {}
        for role, patterns in self.roles.items():
            expected = {pattern.format(category) for pattern in patterns}
            matching = [path for path in paths if PurePosixPath(path).name in expected]
            if len(matching) > 1:
                _refuse_several(matching, f"category {category}", where)
            if matching:
                found[role] = matching[0]
        self._check_ways(found, category, where)
        return found

    def _check_ways(self, found: Mapping[str, str], category: str, where: Path) -> None:
        begun = [way for way in self.ways if any(role in found for role in way)]
        if len(begun) > 1:
            present = [found[role] for way in begun for role in way if role in found]
            _refuse_several(present, f"category {category}", where)
        missing = [role for role in begun[0] if role not in found] if begun else [way[0] for way in self.ways]
        if missing:
            names = [" or ".join(pattern.format(category) for pattern in self.roles[role]) for role in missing]
            expected = " and ".join(names) if begun else " or ".join(names)
            message = f"{where} has no file for category {category}: expected {expected}."
            raise MissingArtefactError(message)

    def _bring_categories(self, out: Path, request: Request) -> None:
        if request.location is None or not request.categories:
            message = (
                f"layout {self.layout} needs `location:` (a folder or archive with the files) and `categories:` in "
                f"params.yaml, or `files:` ({', '.join(self.roles)}) and one category."
            )
            raise ParamsError(message)
        with opened(request.location) as location:
            # Pictures that are asked for by name take the place of those beside the files.
            beside = pictures(location.names, where=location.path) if request.pictures is None else ()
            targets = {name: out / IMAGES / PurePosixPath(name).name for name in beside}
            for category in request.categories:
                found = self.find(location.names, category, where=location.path)
                targets |= {name: out / PurePosixPath(name).name for name in found.values()}
            location.copy_all(targets)

    def _bring_named(self, out: Path, request: Request) -> None:
        if request.location is not None or len(request.categories) != 1:
            message = (
                f"layout {self.layout} with `files:` needs exactly one name under `categories:` and no `location:`; "
                "correct params.yaml."
            )
            raise ParamsError(message)
        category = request.categories[0]
        plain = {self.roles[role][0].format(category): role for role in request.files}
        self.find(plain, category, where=Path("`files:` in params.yaml"))
        for name, role in plain.items():
            with opened(request.files[role]) as location:
                if len(location.names) != 1:
                    message = (
                        f"{location.path} holds {len(location.names)} files; `{role}:` in params.yaml must name one."
                    )
                    raise ParamsError(message)
                held = location.names[0]
                target = self.roles[role][1].format(category) if held.endswith(".gz") else name
                location.copy(held, out / target)


def files_in(raw: Path) -> list[str]:
    """Return the names of the files right in a folder."""
    return sorted(path.name for path in raw.iterdir() if path.is_file())


def pictures(names: Iterable[str], *, where: Path) -> tuple[str, ...]:
    """Return the paths of the pictures in a folder ``images``.

    Raises:
        DataError: several folders of that name hold pictures.
    """
    paths = [PurePosixPath(name) for name in names]
    found = [path for path in paths if path.parent.name == IMAGES and path.suffix.lower() in SUFFIXES]
    folders = sorted({str(path.parent) for path in found})
    if len(folders) > 1:
        _refuse_several(folders, "pictures", where)
    return tuple(map(str, found))


def _refuse_several(found: Sequence[str], purpose: str, where: Path) -> NoReturn:
    message = f"{where} has {' and '.join(found)} for {purpose}: keep one of them, or name its folder."
    raise DataError(message)
