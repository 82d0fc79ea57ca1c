"""Datasets whose files share one name and differ by their suffix, such as ``ml-100k.inter`` and ``ml-100k.item``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from explainrec_models.data.arrivals import copy_whole, is_shadow, opened, readable_file
from explainrec_models.data.places import some_of
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError, ParamsError

_PACKED = ".gz"
_NAMES_SHOWN = 12


@dataclass(frozen=True)
class SuffixedFiles:
    """The files of a layout.

    Attributes:
        layout: its name, for messages.
        suffixes: role to suffix; each also with ``.gz``. Of suffixes that end alike the longest counts.
        ways: groups of roles, of which one must be there as a whole.
    """

    layout: str
    suffixes: Mapping[str, str]
    ways: tuple[tuple[str, ...], ...]

    def bring(self, out: Path, request: Request) -> None:
        """Bring the files, unchanged and with their suffixes.

        Args:
            out: existing folder to fill.
            request: its ``location`` is a folder, an archive or one file; ``files`` names some or all of them one by
                one and is taken first.

        Raises:
            ParamsError: nothing is named.
            MissingArtefactError: a named file is not there.
            DataError: a file that is needed is not there, or two files could have one role.
        """
        if request.location is None and not request.files:
            message = (
                f"layout {self.layout} needs `location:` (a folder, an archive or a file) or `files:` in params.yaml."
            )
            raise ParamsError(message)
        if request.location is None:
            self._require(request.files, [path.name for path in request.files.values()], "`files:` in params.yaml")
        else:
            with opened(request.location) as arrival:
                found = self._by_role(arrival.names, str(request.location), without=request.files)
                self._require({**found, **request.files}, arrival.names, str(request.location))
                arrival.copy_all({name: out / PurePosixPath(name).name for name in found.values()})
        for role, path in request.files.items():
            packed = _PACKED if path.name.endswith(_PACKED) else ""
            copy_whole(readable_file(path), out / f"named{self.suffixes[role]}{packed}")

    def find(self, raw: Path) -> dict[str, Path]:
        """Return role to file in a raw folder.

        Raises:
            DataError: a file that is needed is not there, or two files could have one role.
        """
        names = sorted(path.name for path in raw.iterdir() if path.is_file())
        found = self._by_role(names, str(raw), without=())
        self._require(found, names, str(raw))
        return {role: raw / name for role, name in found.items()}

    def _by_role(self, names: Iterable[str], where: str, *, without: Iterable[str]) -> dict[str, str]:
        left_to_files = set(without)
        found: dict[str, str] = {}
        for name in names:
            role = self._role(PurePosixPath(name))
            if role is None or role in left_to_files:
                continue
            if role in found:
                message = (
                    f"{where} holds both {found[role]} and {name}: keep one dataset there, or name one file as "
                    f"`{role}:` under `files:` in params.yaml."
                )
                raise DataError(message)
            found[role] = name
        return found

    def _role(self, path: PurePosixPath) -> str | None:
        if is_shadow(str(path)):
            return None
        name = path.name.removesuffix(_PACKED)
        fitting = [role for role, suffix in self.suffixes.items() if name.endswith(suffix)]
        return max(fitting, key=lambda role: len(self.suffixes[role]), default=None)

    def _require(self, found: Iterable[str], names: Iterable[str], where: str) -> None:
        roles = set(found)
        if any(roles.issuperset(way) for way in self.ways):
            return
        there = [PurePosixPath(name).name for name in names]
        shown = some_of(there, _NAMES_SHOWN)
        expected = ", or ".join(" and ".join(f"*{self.suffixes[role]}" for role in way) for way in self.ways)
        message = (
            f"{where} has not the files of layout {self.layout}: found {shown or 'no file'}, expected {expected} (each "
            "also with .gz). Name the files one by one under `files:` in params.yaml if they are called otherwise."
        )
        raise DataError(message)
