"""Which file of a MovieLens dataset is which, whatever edition and folder it comes in."""

from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path, PurePosixPath

from explainrec_models.data.arrivals import is_shadow
from explainrec_models.data.places import some_of
from explainrec_models.errors import DataError, ParamsError


class Form(Enum):
    """How an edition writes its files; the value is their suffix."""

    CSV = ".csv"
    """20M, 25M, 32M, latest and latest-small: a header, commas, UTF-8."""
    DAT = ".dat"
    """1M and 10M: ``::`` between fields, no header; 1M is Latin-1."""
    TABS = ".data"
    """Ratings of 100K: tabs, no header."""
    BARS = ".item"
    """Movies of 100K: ``|`` between fields, no header, Latin-1, a flag for each genre."""


FILES: Mapping[str, Mapping[Form, str]] = {
    "ratings": {Form.CSV: "ratings.csv", Form.DAT: "ratings.dat", Form.TABS: "u.data"},
    "movies": {Form.CSV: "movies.csv", Form.DAT: "movies.dat", Form.BARS: "u.item"},
    "tags": {Form.CSV: "tags.csv", Form.DAT: "tags.dat"},
    "links": {Form.CSV: "links.csv"},
    "genome_scores": {Form.CSV: "genome-scores.csv"},
    "genome_tags": {Form.CSV: "genome-tags.csv"},
}
"""Role to the published names."""
NEEDED = ("ratings", "movies")
_PACKED = ".gz"
_NAMES_SHOWN = 12


def published_files(names: Iterable[str], location: Path) -> dict[str, str]:
    """Return role to name, of the files that a location holds at any depth.

    Args:
        names: posix paths below the location.
        location: for messages.

    Raises:
        DataError: two files could have the same role.
    """
    roles = {name: role for role, forms in FILES.items() for name in forms.values()}
    found: dict[str, str] = {}
    for name in names:
        path = PurePosixPath(name)
        role = roles.get(path.name.removesuffix(_PACKED))
        if role is None or is_shadow(name):
            continue
        if role in found:
            message = (
                f"{location} holds both {found[role]} and {name}: keep one of them, or name one as `{role}:` under "
                "`files:` in params.yaml."
            )
            raise DataError(message)
        found[role] = name
    return found


def require_files(found: Iterable[str], names: Iterable[str], location: Path) -> None:
    """Check that ratings and movies are among the roles that were found.

    Raises:
        DataError: one is not; the message says what is there.
    """
    for role in NEEDED:
        if role not in found:
            present = sorted(PurePosixPath(name).name for name in names)
            shown = some_of(present, _NAMES_SHOWN)
            message = (
                f"{location} has no {role} of MovieLens: found {shown or 'no file'}, expected one of "
                f"{', '.join(FILES[role].values())} (each also as {_PACKED}). Download the whole dataset, or name the "
                f"file as `{role}:` under `files:` in params.yaml."
            )
            raise DataError(message)


def published_name(role: str, path: Path) -> str:
    """Return the published name of a file that the user named by its role; its suffix tells the form.

    Raises:
        ParamsError: the suffix is none of this role.
    """
    packed = _PACKED if path.name.endswith(_PACKED) else ""
    suffix = Path(path.name.removesuffix(_PACKED)).suffix
    for form, name in FILES[role].items():
        if form.value == suffix:
            return name + packed
    suffixes = ", ".join(form.value for form in FILES[role])
    message = (
        f"`{role}: {path}` under `files:` in params.yaml: found the suffix {suffix!r}, expected {suffixes} (each also "
        f"with {_PACKED}), which tells how the file is written."
    )
    raise ParamsError(message)


def form_of(path: Path) -> Form:
    """Return how a file with a published name is written."""
    return Form(Path(path.name.removesuffix(_PACKED)).suffix)
