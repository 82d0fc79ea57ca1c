"""Layout ``movielens``: any MovieLens edition as GroupLens publishes it, as a folder or the archive itself.

Harper and Konstan, "The MovieLens Datasets: History and Context", ACM TiiS 5(4), 2015. An edition is known by its
files: 20M, 25M, 32M, latest and latest-small (``ratings.csv``), 1M and 10M (``ratings.dat``), 100K (``u.data``), each
also gzipped.

Genres and the decade are attributes. Tags and the tag genome are brought and counted, and no more: a tag may have been
given after the day that splits the data, and every relevance of the genome was computed from the tags and ratings of
the whole span, so both would tell a model about the future. Links lead to other sites and say nothing of taste. What is
known of the people (age, gender) is not read.
"""

from pathlib import Path

from explainrec_models.data.arrivals import bring_file, opened
from explainrec_models.data.bare_items import mentioned_items, with_bare_items
from explainrec_models.data.delimited_blocks import count_rows
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.movielens_files import FILES, Form, form_of, published_files, published_name, require_files
from explainrec_models.data.movielens_items import read_items
from explainrec_models.data.movielens_ratings import read_ratings
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request
from explainrec_models.errors import ParamsError

LICENCE = """\
MovieLens, collected by the GroupLens Research Project at the University of Minnesota.
It may be used for research. It may not be redistributed without separate permission, may not be used for commercial or
revenue-bearing purposes without permission, and its use may not suggest that the University of Minnesota or GroupLens
endorses the work. The README of each edition has the full conditions: https://grouplens.org/datasets/movielens/

Publications that use it cite: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and
Context. ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872
"""
_COUNTED = ("tags", "links", "genome_scores", "genome_tags")

SCALE = (0.5, 5)
"""Half stars came with 10M; older releases use whole ones of the same scale."""


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Bring the files of a MovieLens edition unchanged, under their published names.

    Args:
        out: existing folder to fill.
        request: its ``location`` is a folder or archive, with the files at any depth; ``files`` names some or all of
            them one by one and is taken first.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: neither is given, or something else is asked for.
        MissingArtefactError: a named file is not there.
        DataError: there are no ratings or no movies, or two files for one role.
    """
    request.refuse_unused("movielens", used=("location", "files"), roles=tuple(FILES))
    names = {role: published_name(role, path) for role, path in request.files.items()}
    if request.location is None:
        if not names:
            message = "layout movielens needs `location:` (a folder or archive) or `files:` in params.yaml."
            raise ParamsError(message)
        require_files(names, names.values(), Path("`files:` in params.yaml"))
    else:
        _bring_published(request.location, out, named=tuple(names))
    for role, name in names.items():
        bring_file(request.files[role], out).rename(out / name)
    return {"origin": "local files", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:  # noqa: ARG001  # every source has the same signature
    """Read what ``fetch`` wrote.

    A movie that only ratings mention is titled with its id, and so is one without a title. Every such row is counted in
    ``dropped``, and so are the rows of files that are not used.

    Raises:
        DataError: a file is missing or a row is malformed; the message names the file, the line and the byte.
    """
    names = sorted(path.name for path in raw.iterdir() if path.is_file())
    found = published_files(names, raw)
    require_files(found, names, raw)
    interactions, counts = read_ratings(raw / found["ratings"])
    items, of_items = read_items(raw / found["movies"])
    counts += of_items
    rated = mentioned_items([interactions], "")
    items = with_bare_items(items, rated, counts)
    counts["items_never_rated"] += items.height - rated.height
    for role in _COUNTED:
        if role in found:
            counts[f"unused_{role}"] = _rows(raw / found[role])
    return RawTables(interactions, items, dict(sorted((+counts).items())), scale=SCALE)


def _bring_published(location: Path, out: Path, *, named: tuple[str, ...]) -> None:
    with opened(location) as arrival:
        found = published_files(arrival.names, location)
        require_files((*found, *named), arrival.names, location)
        wanted = {name: out / Path(name).name for role, name in found.items() if role not in named}
        arrival.copy_all(wanted)


def _rows(path: Path) -> int:
    csv = form_of(path) is Form.CSV
    return max(0, count_rows(path, Dialect() if csv else Dialect("::", None)) - csv)
