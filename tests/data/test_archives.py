import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from explainrec_models.data.archives import extract
from explainrec_models.errors import DataError


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _tar(path: Path, members: list[tarfile.TarInfo], data: bytes = b"") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = len(data) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(data) if member.isreg() else None)
    return path


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def test_takes_named_members_and_nothing_else(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.whl", {"pkg/one.txt": b"1", "pkg/two.txt": b"2", "pkg/three.txt": b"3"})
    out = tmp_path / "out"
    out.mkdir()
    written = extract(archive, {"pkg/two.txt": "deep/2.txt", "pkg/one.txt": "1.txt"}, out)
    assert written == [out / "deep/2.txt", out / "1.txt"]
    assert {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.txt")} == {
        "deep/2.txt": b"2",
        "1.txt": b"1",
    }


def test_reads_tar_and_gzip(tmp_path: Path) -> None:
    tar = _tar(tmp_path / "a.tar.gz", [_member("folder", tarfile.DIRTYPE), _member("folder/one")], b"in a tar")
    (tmp_path / "rows.tsv.gz").write_bytes(gzip.compress(b"in a gz"))
    extract(tar, {"folder/one": "one"}, tmp_path)
    extract(tmp_path / "rows.tsv.gz", {"rows.tsv": "rows.tsv"}, tmp_path)
    assert (tmp_path / "one").read_bytes() == b"in a tar"
    assert (tmp_path / "rows.tsv").read_bytes() == b"in a gz"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil"])
def test_refuses_the_whole_zip_for_a_name_that_leads_out(tmp_path: Path, name: str) -> None:
    archive = _zip(tmp_path / "a.zip", {"good": b"1", name: b"2"})
    with pytest.raises(DataError, match="leads out of its folder"):
        extract(archive, {"good": "good"}, tmp_path)
    assert not (tmp_path / "good").exists()


@pytest.mark.parametrize("name", ["../evil", "/evil"])
def test_refuses_the_whole_tar_for_a_name_that_leads_out(tmp_path: Path, name: str) -> None:
    archive = _tar(tmp_path / "a.tgz", [_member("good"), _member(name)], b"1")
    with pytest.raises(DataError, match="leads out of its folder"):
        extract(archive, {"good": "good"}, tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_refuses_links_and_devices_in_a_tar(tmp_path: Path, kind: bytes) -> None:
    archive = _tar(tmp_path / "a.tgz", [_member("wanted", kind, "/etc/passwd")])
    with pytest.raises(DataError, match="wanted is a link or a device"):
        extract(archive, {"wanted": "wanted"}, tmp_path)


def test_refuses_links_in_a_zip(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("wanted")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="wanted is a link or a device"):
        extract(tmp_path / "a.zip", {"wanted": "wanted"}, tmp_path)


def test_refuses_to_write_outside_of_the_folder(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"good": b"1"})
    with pytest.raises(DataError, match="refusing to write"):
        extract(archive, {"good": "../good"}, tmp_path)


def test_stops_a_bomb_by_its_ratio(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"first": b"1", "bomb": bytes(40 * 1024**2)})
    assert archive.stat().st_size < 100_000
    with pytest.raises(DataError, match="bomb unpacks to more than"):
        extract(archive, {"first": "first", "bomb": "bomb"}, tmp_path)
    assert not (tmp_path / "bomb").exists()
    assert not (tmp_path / "first").exists()


def test_the_size_limit_is_of_all_members_together(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"one": b"x" * 60, "two": b"x" * 60})
    assert len(extract(archive, {"one": "one", "two": "two"}, tmp_path, max_total_bytes=120)) == 2
    with pytest.raises(DataError, match="two unpacks to more than the 59 bytes that are left"):
        extract(archive, {"one": "one", "two": "two"}, tmp_path, max_total_bytes=119)


def test_names_the_nearest_member_when_one_is_missing(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"pkg/ratings.tsv": b"1"})
    with pytest.raises(DataError, match=r"no member pkg/rating\.tsv\. Nearest: pkg/ratings\.tsv"):
        extract(archive, {"pkg/rating.tsv": "r"}, tmp_path)


def test_refuses_a_member_that_is_there_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("same", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("same", b"2")
    with pytest.raises(DataError, match="holds same twice"):
        extract(tmp_path / "a.zip", {"same": "same"}, tmp_path)


def test_damaged_archives_are_data_errors(tmp_path: Path) -> None:
    damaged = bytearray(_zip(tmp_path / "a.zip", {"one": b"some text, some more text" * 20}).read_bytes())
    damaged[40] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(damaged)
    with pytest.raises(DataError, match="cannot be unpacked"):
        extract(tmp_path / "a.zip", {"one": "one"}, tmp_path)
    assert not (tmp_path / "one").exists()

    (tmp_path / "b.gz").write_bytes(gzip.compress(b"text" * 1000)[:-12])
    with pytest.raises(DataError, match="cannot be unpacked"):
        extract(tmp_path / "b.gz", {"b": "b"}, tmp_path)

    (tmp_path / "c.gz").write_bytes(b"not gzip")
    with pytest.raises(DataError, match="not gzip data"):
        extract(tmp_path / "c.gz", {"c": "c"}, tmp_path)

    (tmp_path / "d.zip").write_bytes(b"<html>an error page</html>")
    with pytest.raises(DataError, match="not a zip, wheel, tar or gzip file"):
        extract(tmp_path / "d.zip", {"d": "d"}, tmp_path)
