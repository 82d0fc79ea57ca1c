"""Which file of a user's own tables is which, by the suffix that also tells how it is written."""

from collections.abc import Iterable
from pathlib import Path

from explainrec_models.data.arrivals import copy_whole, is_shadow, opened, readable_file
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

INTERACTIONS, ITEMS = "interactions", "items"
ROLES = (INTERACTIONS, ITEMS)
PARQUET_SUFFIXES = (".parquet", ".pq")
SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", *PARQUET_SUFFIXES)
_NAMES_SHOWN = 12


def bring_tables(out: Path, request: Request) -> None:
    """Bring the files that a request names, unchanged, each under the name of its role.

    Raises:
        ParamsError: no interactions are named, or twice; or a suffix does not say how a file is written.
        DataError: a location holds no table or several.
        MissingArtefactError: a file is not there.
    """
    if (request.location is None) == (INTERACTIONS not in request.files):
        message = (
            "layout table takes its interactions from `location:` (one file) or from `interactions:` under `files:` in "
            "params.yaml; name them in one of the two."
        )
        raise ParamsError(message)
    targets = {role: out / (role + _suffix_of(path, role)) for role, path in request.files.items()}
    if request.location is not None:
        with opened(request.location) as arrival:
            name = _only_table(arrival.names, request.location)
            arrival.copy(name, out / (INTERACTIONS + _suffix_of(Path(name), "location")))
    for role, target in targets.items():
        copy_whole(readable_file(request.files[role]), target)


def table_of(raw: Path, role: str) -> Path | None:
    """Return the file of a role in a raw folder, if there is one."""
    return next((raw / (role + suffix) for suffix in SUFFIXES if (raw / (role + suffix)).is_file()), None)


def interactions_of(raw: Path) -> Path:
    """Return the file of interactions in a raw folder.

    Raises:
        MissingArtefactError: there is none.
    """
    path = table_of(raw, INTERACTIONS)
    if path is None:
        message = (
            f"{raw} has no {INTERACTIONS} with one of the suffixes {', '.join(SUFFIXES)}; run the stage fetch again."
        )
        raise MissingArtefactError(message)
    return path


def is_parquet(path: Path) -> bool:
    """Return whether the suffix says so."""
    return path.name.endswith(PARQUET_SUFFIXES)


def _only_table(names: Iterable[str], location: Path) -> str:
    found = [name for name in names if name.lower().endswith(SUFFIXES) and not is_shadow(name)]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(found[:_NAMES_SHOWN]) or "none"
    message = (
        f"{location}: found {len(found)} tables ({shown}), expected one with a suffix of {', '.join(SUFFIXES)}. Name "
        "the file itself, or `interactions:` and `items:` under `files:` in params.yaml."
    )
    raise DataError(message)


def _suffix_of(path: Path, role: str) -> str:
    suffix = next((suffix for suffix in sorted(SUFFIXES, key=len) if path.name.lower().endswith(suffix)), None)
    if suffix is None:
        message = (
            f"`{role}: {path}` in params.yaml: the suffix tells how a table is written; expected one of "
            f"{', '.join(SUFFIXES)}. Rename the file; what it holds stays as it is."
        )
        raise ParamsError(message)
    return suffix
