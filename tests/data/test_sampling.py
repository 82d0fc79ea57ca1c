"""The beginning of files: whole lines, their packing kept, archives and folders alike."""

import gzip
import zipfile
from pathlib import Path

import pytest

from explainrec_models.data.request import Request
from explainrec_models.data.sampling import sampled
from explainrec_models.errors import DataError, MissingArtefactError

LINES = [f"{number},7,5.0,{900_000_000 + number}\n" for number in range(1000)]
HEADER = "userId,movieId,rating,timestamp\n"


def lines_of(path: Path) -> list[str]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return text.decode().splitlines(keepends=True)


@pytest.mark.parametrize("name", ["ratings.csv", "ratings.csv.gz"])
def test_a_large_file_is_cut_after_a_whole_line(tmp_path: Path, name: str) -> None:
    content = (HEADER + "".join(LINES)).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with sampled(Request(location=tmp_path), size=500) as few:
        assert few.location is not None
        found = lines_of(few.location / name)
    assert 10 < len(found) < len(LINES)
    assert found == [HEADER, *LINES][: len(found)]


def test_files_named_one_by_one_keep_their_roles(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n" * 100)
    with sampled(Request(files={"reviews": tmp_path / "a.jsonl"}), size=10) as few:
        assert list(few.files) == ["reviews"]
        assert few.files["reviews"].read_text() == "{}\n" * 4
    assert not few.files["reviews"].exists()


def test_an_archive_is_looked_into_and_pictures_stay_aside(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        archive.writestr("ml/ratings.csv", HEADER + "".join(LINES))
        archive.writestr("ml/movies.csv", "movieId,title,genres\n")
        archive.writestr("ml/images/7.jpg", b"picture")
    with sampled(Request(location=tmp_path / "ml.zip", pictures="x.tar"), size=500) as few:
        assert few.location is not None
        names = sorted(path.name for path in few.location.rglob("*") if path.is_file())
        assert names == ["movies.csv", "ratings.csv"]
        assert few.pictures is None


def test_what_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(MissingArtefactError, match=r"nowhere is not there"),
        sampled(Request(location=tmp_path / "nowhere")),
    ):
        pass
    with (
        pytest.raises(MissingArtefactError, match="expected the meta of the dataset there"),
        sampled(Request(files={"meta": tmp_path})),
    ):
        pass
    (tmp_path / "b.jsonl.gz").write_bytes(b"no gzip")
    with (
        pytest.raises(DataError, match=r"b\.jsonl\.gz cannot be read"),
        sampled(Request(files={"reviews": tmp_path / "b.jsonl.gz"})),
    ):
        pass
