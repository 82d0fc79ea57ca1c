"""Invented miniatures of every edition; the real files too, where EXPLAINREC_REAL_DATA names their folder."""

import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.loading import layout_names, read_raw
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.sources.movielens import fetch
from explainrec_models.data.sources.movielens_100k import GENRES
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError, UnknownNameError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files"
)
CSV = {
    "README.txt": "Invented.\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n1,10,4.5,978300760\n1,20,3.0,978300761\n2,10,1.0,978300762\n",
    "movies.csv": 'movieId,title,genres\n10,"Moth, The (1999)",Drama\n20,Lamp (2000),(no genres listed)\n',
    "tags.csv": 'userId,movieId,tag,timestamp\n1,10,"so ""so""\nla la",978300770\n2,10,lights,978300771\n',
    "links.csv": "movieId,imdbId,tmdbId\n10,0000010,1\n20,0000020,\n",
    "genome-scores.csv": "movieId,tagId,relevance\n10,1,0.5\n10,2,0.25\n20,1,0.125\n",
    "genome-tags.csv": "tagId,tag\n1,lights\n2,moths\n",
}
DAT = {
    "README": "Invented.\n",
    "ratings.dat": "1::10::5::978300760\n1::20::3::978300761\n2::10::1::978300762\n",
    "movies.dat": "10::Moth, The (1999)::Drama\n20::Lamp (2000)::\n",
    "users.dat": "1::F::1::10::48067\n",
    "tags.dat": "1::10::so so::978300770\n",
}
FLAGS = "|".join(str(int(genre == "Drama")) for genre in GENRES)
OLD = {
    "u.data": "1\t10\t5\t978300760\n1\t20\t3\t978300761\n2\t10\t1\t978300762\n",
    "u.item": f"10|Moth, The (1999)|||u|{FLAGS}\n20|Lamp (2000)|||u|{FLAGS.replace('1', '0')}\n",
    "u1.base": "1\t10\t5\t978300760\n",
    "u.genre": "unknown|0\n\n",
}


def unpacked(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return folder


def loaded(tmp_path: Path, request: Request) -> RawTables:
    raw = tmp_path / "raw"
    raw.mkdir()
    assert set(fetch(raw, request)) == {"origin", "licence"}
    return read_raw(raw, layout="movielens", request=request)


def zipped(tmp_path: Path, folder: Path) -> Path:
    path = tmp_path / "ml.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"ml-any/{file.name}")
    return path


def tarred(tmp_path: Path, folder: Path) -> Path:
    path = tmp_path / "ml.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, "ml-any")
    return path


def nested(tmp_path: Path, folder: Path) -> Path:
    return Path(shutil.move(folder, tmp_path / "outer" / "ml-any")).parent


@pytest.mark.parametrize("files", [CSV, DAT, OLD], ids=["csv", "dat", "100k"])
@pytest.mark.parametrize("packed", [lambda _, folder: folder, nested, zipped, tarred])
def test_every_edition_in_every_packing(tmp_path: Path, files: dict[str, str], packed: object) -> None:
    assert callable(packed)
    (tmp_path / "outer").mkdir()
    tables = loaded(tmp_path, Request(location=packed(tmp_path, unpacked(tmp_path / "ml-any", files))))
    assert tables.interactions.schema == RAW_INTERACTION_SCHEMA
    assert tables.interactions.select(schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP).rows() == [
        ("1", "10", 978_300_760_000),
        ("1", "20", 978_300_761_000),
        ("2", "10", 978_300_762_000),
    ]
    assert tables.items.schema == ITEM_SCHEMA
    assert tables.items.select(schema.ITEM_ID, schema.TITLE, schema.ATTRIBUTES).rows() == [
        ("10", "Moth, The (1999)", ["genre:Drama", "decade:1990s"]),
        ("20", "Lamp (2000)", ["decade:2000s"]),
    ]


def test_files_are_brought_unchanged_and_those_without_use_are_counted(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "ml-any", CSV)
    tables = loaded(tmp_path, Request(location=folder))
    brought = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "raw").iterdir()}
    assert brought == {name: content for name, content in CSV.items() if name != "README.txt"}
    assert tables.dropped == {
        "items_without_genre": 1,
        "unused_genome_scores": 3,
        "unused_genome_tags": 2,
        "unused_links": 2,
        "unused_tags": 2,
    }
    assert not any("tag:" in name for name in tables.items[schema.ATTRIBUTES].explode())


def test_tags_of_10m_are_counted_by_lines(tmp_path: Path) -> None:
    tables = loaded(tmp_path, Request(location=unpacked(tmp_path / "ml-any", DAT)))
    assert tables.dropped["unused_tags"] == 1


def test_movies_that_one_side_does_not_know(tmp_path: Path) -> None:
    movies = CSV["movies.csv"] + "30,Never (2001),War\n"
    files = CSV | {"movies.csv": movies.replace("20,Lamp", "40,Lamp")}
    tables = loaded(tmp_path, Request(location=unpacked(tmp_path / "ml-any", files)))
    assert tables.items.select(schema.ITEM_ID, schema.TITLE).rows() == [
        ("10", "Moth, The (1999)"),
        ("40", "Lamp (2000)"),
        ("30", "Never (2001)"),
        ("20", "20"),
    ]
    assert tables.dropped["items_without_metadata"] == 1
    assert tables.dropped["items_never_rated"] == 2


def test_files_named_one_by_one(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "mine", {"r.dat": DAT["ratings.dat"], "films.csv": CSV["movies.csv"]})
    request = Request(files={"ratings": folder / "r.dat", "movies": folder / "films.csv"})
    assert loaded(tmp_path, request).interactions.height == 3
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == ["movies.csv", "ratings.dat"]


def test_a_named_file_comes_before_that_of_the_location(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "ml-any", CSV | {"mine.csv": CSV["ratings.csv"].replace("4.5", "2.5")})
    tables = loaded(tmp_path, Request(location=folder, files={"ratings": folder / "mine.csv"}))
    assert tables.interactions[schema.RATING].to_list() == [2.5, 3.0, 1.0]


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (Request(), ParamsError, "layout movielens needs `location:`"),
        (Request(location=Path("x"), categories=("a",)), ParamsError, "layout movielens has no `categories:`"),
        (Request(files={"rating": Path("r.csv")}), UnknownNameError, "unknown file under `files:` of layout movielens"),
        (Request(files={"ratings": Path("r.txt")}), ParamsError, "found the suffix '.txt', expected .csv, .dat, .data"),
        (Request(files={"ratings": Path("r.csv")}), DataError, "`files:` in params.yaml has no movies of MovieLens"),
        (Request(location=Path("nowhere-at-all")), MissingArtefactError, "nowhere-at-all is not there"),
    ],
)
def test_what_cannot_be_fetched(tmp_path: Path, request_: Request, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        fetch(tmp_path, request_)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_ratings_says_what_it_has(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "ml-any", {name: CSV[name] for name in ("README.txt", "movies.csv", "links.csv")})
    message = (
        "has no ratings of MovieLens: found README.txt, links.csv, movies.csv, expected one of ratings.csv, ratings.dat"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        fetch(tmp_path, Request(location=folder))


def test_the_layout_is_known() -> None:
    assert "movielens" in layout_names()


@needs_real
@pytest.mark.parametrize(
    ("name", "ratings", "users", "rated", "movies"),
    [
        ("movielens-1m", 1_000_209, 6_040, 3_706, 3_883),
        ("movielens-latest-small", 100_004, 671, 9_066, 9_125),
        ("movielens-latest-small-2018", 100_836, 610, 9_724, 9_742),
    ],
)
def test_real_editions(tmp_path: Path, name: str, ratings: int, users: int, rated: int, movies: int) -> None:
    tables = loaded(tmp_path, Request(location=REAL / name))
    assert tables.interactions.height == ratings
    assert tables.interactions[schema.USER_ID].n_unique() == users
    assert tables.interactions[schema.ITEM_ID].n_unique() == rated
    assert tables.items.height == tables.items[schema.ITEM_ID].n_unique() == movies
    assert tables.dropped["items_never_rated"] == movies - rated
    assert {"repeated_ratings", "items_without_metadata", "items_without_title"}.isdisjoint(tables.dropped)
    assert (
        tables.interactions[schema.TIMESTAMP].min()
        == {
            "movielens-1m": 956_703_932_000,
            "movielens-latest-small": 789_652_009_000,
            "movielens-latest-small-2018": 828_124_615_000,
        }[name]
    )


@needs_real
def test_real_titles_in_latin_1(tmp_path: Path) -> None:
    items = loaded(tmp_path, Request(location=REAL / "movielens-1m")).items
    title = items.filter(pl.col(schema.ITEM_ID) == "73")[schema.TITLE].item()
    assert title == "Misérables, Les (1995)"


@needs_real
def test_real_movies_of_25m_with_and_without_ratings(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"has no ratings of MovieLens: found README.txt, genome-tags.csv, links.csv, mov"
    ):
        fetch(tmp_path, Request(location=REAL / "movielens-25m-meta"))
    ratings = tmp_path / "ratings.csv"
    ratings.write_text(CSV["ratings.csv"].replace(",20,", ",209171,"), encoding="utf-8")
    tables = loaded(tmp_path, Request(location=REAL / "movielens-25m-meta", files={"ratings": ratings}))
    assert tables.items.height == 62_423
    assert tables.dropped["unused_links"] == 62_423
    assert tables.dropped["unused_genome_tags"] == 1_128
    quoted = tables.items.filter(pl.col(schema.ITEM_ID) == "7789")[schema.TITLE].item()
    assert quoted == "11'09\"01 - September 11 (2002)"
