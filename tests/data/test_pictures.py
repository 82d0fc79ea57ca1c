"""Pictures named by item id, in folders and archives that also hold other things."""

import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from explainrec_models.data.pictures import (
    EMPTY,
    NO_ID,
    OTHER_SUFFIX,
    REPEATED,
    PictureArrival,
    bring_pictures,
    file_name,
    id_of,
    is_id,
    picture_paths,
)
from explainrec_models.errors import DataError, MissingArtefactError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere")) / "movielens-1m/posters_short224.tar"
FILES = {
    "posters/1.jpg": b"one",
    "posters/2.PNG": b"two",
    "posters/deep/er/3.webp": b"three",
    "posters/4.jpg": b"",
    "posters/5.gif": b"",
    "more/5.jpeg": b"five",
    "zzz/1.jpg": b"again",
    "posters/a%2Fb.jpg": b"slash",
    "posters/a b.jpg": b"blank",
    "posters/100%.jpg": b"per cent",
    "__MACOSX/._1.jpg": b"what macOS adds",
    "README.txt": b"read me",
    "posters/.jpg": b"no name",
    "posters/ .jpg": b"a blank",
    "posters/\n.jpg": b"a line",
}
EXPECTED = {
    "1": ("1.jpg", b"one"),
    "2": ("2.png", b"two"),
    "3": ("3.webp", b"three"),
    "5": ("5.jpeg", b"five"),
    "a/b": ("a%2Fb.jpg", b"slash"),
    "a b": ("a%20b.jpg", b"blank"),
    "100%": ("100%25.jpg", b"per cent"),
}
DROPPED = {EMPTY: 1, NO_ID: 3, OTHER_SUFFIX: 2, REPEATED: 2}


def as_folder(path: Path) -> Path:
    for name, data in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def as_zip(path: Path) -> Path:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return path.with_suffix(".zip")


def as_tar(path: Path) -> Path:
    with tarfile.open(path.with_suffix(".tgz"), "w:gz") as archive:
        archive.add(as_folder(path), ".")
    return path.with_suffix(".tgz")


@pytest.mark.parametrize("make", [as_folder, as_zip, as_tar])
def test_pictures_are_brought_by_item_id_and_the_rest_is_counted(tmp_path: Path, make: object) -> None:
    source = make(tmp_path / "source")  # type: ignore[operator]
    raw = tmp_path / "raw"
    assert bring_pictures(source, raw) == PictureArrival(len(EXPECTED), DROPPED)
    assert picture_paths(raw) == {item_id: f"images/{name}" for item_id, (name, _) in EXPECTED.items()}
    for name, data in EXPECTED.values():
        assert (raw / "images" / name).read_bytes() == data
    assert len(list((raw / "images").iterdir())) == len(EXPECTED)


def test_an_item_that_has_a_picture_keeps_it(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (raw / "images").mkdir(parents=True)
    (raw / "images" / "1.webp").write_bytes(b"first")
    source = tmp_path / "source"
    source.mkdir()
    (source / "1.jpg").write_bytes(b"second")
    assert bring_pictures(source, raw) == PictureArrival(0, {REPEATED: 1})
    assert picture_paths(raw) == {"1": "images/1.webp"}


def test_a_source_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/notes.txt").write_bytes(b"1")
    with pytest.raises(DataError, match=r"holds no picture of an item \(1 files without a picture suffix\)"):
        bring_pictures(tmp_path / "source", tmp_path / "raw")
    with pytest.raises(MissingArtefactError, match="posters is not there"):
        bring_pictures(tmp_path / "posters", tmp_path / "raw")


def test_a_raw_folder_without_pictures(tmp_path: Path) -> None:
    assert picture_paths(tmp_path) == {}


@pytest.mark.parametrize(
    "item_id", ["1", "B00-1_x~", "a/b", "..", ".hidden", "100%", "%41", "a b", "Caf\u00e9", "con.jpg", "\\"]
)
def test_a_file_name_gives_its_item_id_back(item_id: str) -> None:
    name = file_name(item_id)
    assert id_of(name) == item_id
    assert is_id(item_id)
    assert "/" not in name
    assert not name.startswith(".")


def test_what_cannot_be_an_item_id() -> None:
    assert not any(map(is_id, ["", " ", "a\nb", "\x00", "\udcff", "x" * 201, "\u00e9" * 40]))


@pytest.mark.skipif(not REAL.is_file(), reason="EXPLAINREC_REAL_DATA names no folder with movielens-1m's posters")
def test_the_real_posters_of_movielens_1m(tmp_path: Path) -> None:
    assert bring_pictures(REAL, tmp_path) == PictureArrival(3256, {})
    paths = picture_paths(tmp_path)
    assert len(paths) == 3256
    assert paths["1"] == "images/1.jpg"
    assert (tmp_path / paths["1"]).read_bytes()[:2] == b"\xff\xd8"
