"""Folders, archives and single files as users have them, and those that must be refused."""

import gzip
import io
import os
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from explainrec_models.data.archives import RATIO_FREE_BYTES
from explainrec_models.data.arrivals import bring_file, opened
from explainrec_models.errors import DataError, MissingArtefactError

FILES = {"ml/ratings.csv": b"1,2,3\n" * 1000, "ml/README.txt": b"read me", "notes.txt": b""}
TAR_MODES = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2"}


def add_to_tar(archive: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), "/etc/passwd"
    archive.addfile(info, io.BytesIO(data))


def make(path: Path, files: dict[str, bytes]) -> Path:
    """Write the same files as a folder or as the archive that the path's suffix asks for."""
    suffix = next((suffix for suffix in TAR_MODES if path.name.lower().endswith(suffix)), path.suffix.lower())
    if not suffix:
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    elif suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ml/", b"")
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(path, TAR_MODES[suffix]) as packed:  # type: ignore[call-overload]
            add_to_tar(packed, "ml", kind=tarfile.DIRTYPE)
            for name, data in files.items():
                add_to_tar(packed, f"./{name}", data)
    return path


@pytest.mark.parametrize("name", ["folder", "a.zip", "A.ZIP", *[f"a{suffix}" for suffix in TAR_MODES]])
def test_the_same_files_come_out_of_a_folder_and_of_any_archive(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    with opened(make(tmp_path / name, FILES)) as location:
        assert location.path == tmp_path / name
        assert location.names == ("ml/README.txt", "ml/ratings.csv", "notes.txt")
        for file, data in FILES.items():
            assert location.copy(file, out / "deep" / file).read_bytes() == data
        location.copy_all({file: out / file for file in sorted(FILES)})
        with pytest.raises(DataError, match=r"holds no file 'ml/rating\.csv'\. Nearest: ml/ratings\.csv"):
            location.copy("ml/rating.csv", out / "x")
        with pytest.raises(DataError, match=r"holds no file '\.\./evil'"):
            location.copy_all({"../evil": out / "x"})
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == {
        *FILES,
        *(f"deep/{file}" for file in FILES),
    }


def test_a_tar_is_known_by_its_content(tmp_path: Path) -> None:
    packed = make(tmp_path / "a.tar.gz", FILES)
    with opened(packed.rename(tmp_path / "a.tar")) as location:
        assert len(location.names) == 3


def test_archives_inside_are_files(tmp_path: Path) -> None:
    inner = make(tmp_path / "inner.zip", FILES).read_bytes()
    # The zip at the end of a plain tar would pass for the whole.
    for name in ("outer.tar", "outer.zip"):
        with opened(make(tmp_path / name, {"a.txt": b"1", "inner.zip": inner})) as location:
            assert location.names == ("a.txt", "inner.zip")
            assert location.copy("inner.zip", tmp_path / "copy").read_bytes() == inner


@pytest.mark.parametrize("name", ["ratings.dat", "ratings.dat.gz"])
def test_a_single_file_stays_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"1::2::3"))
    with opened(tmp_path / name) as location:
        assert location.names == (name,)
        copy = location.copy(name, tmp_path / "new" / name)
        location.copy_all({name: tmp_path / "again"})
        with pytest.raises(DataError, match="holds no file 'other'"):
            location.copy("other", tmp_path / "x")
    assert copy.read_bytes() == (tmp_path / "again").read_bytes() == (tmp_path / name).read_bytes()


def test_names_with_backslashes_are_read_as_paths(tmp_path: Path) -> None:
    with opened(make(tmp_path / "windows.zip", {"ml\\ratings.csv": b"1", "Alien: the film.jpg": b"2"})) as location:
        assert location.names == ("Alien: the film.jpg", "ml/ratings.csv")
        assert location.copy("ml/ratings.csv", tmp_path / "out").read_bytes() == b"1"


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tgz"])
@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil", "c:/evil", "\\evil"])
def test_names_that_lead_out_are_refused(tmp_path: Path, suffix: str, name: str) -> None:
    archive = make(tmp_path / f"a{suffix}", {"good": b"1"})
    archive.unlink()
    if suffix == ".zip":
        make(archive, {"good": b"1", name: b"2"})
    else:
        with tarfile.open(archive, TAR_MODES[suffix]) as packed:  # type: ignore[call-overload]
            add_to_tar(packed, name, b"2")
    with pytest.raises(DataError, match="leads out of its folder"), opened(archive):
        pass


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        add_to_tar(packed, "strange", kind=kind)
    with pytest.raises(DataError, match="strange is a link or a device"), opened(tmp_path / "a.tar"):
        pass


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("strange")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="strange is a link or a device"), opened(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize("name", ["", ".", "./"])
def test_a_file_without_a_name_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        add_to_tar(packed, name, b"1")
    with pytest.raises(DataError, match="a file without a name"), opened(tmp_path / "a.tar"):
        pass


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        add_to_tar(packed, "same", b"1")
        add_to_tar(packed, "./same", b"2")
    with pytest.raises(DataError, match="holds same twice"), opened(tmp_path / "a.tar"):
        pass


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar.xz", ".tar.bz2"])
def test_bombs_are_stopped_by_what_comes_out(tmp_path: Path, suffix: str) -> None:
    archive = make(tmp_path / f"a{suffix}", {"small": b"1", "bomb": bytes(5 * RATIO_FREE_BYTES)})
    assert archive.stat().st_size < RATIO_FREE_BYTES // 100
    with pytest.raises(DataError, match="unpacks to more than"), opened(archive) as location:
        location.copy("bomb", tmp_path / "bomb")
    assert not (tmp_path / "bomb").exists()
    with opened(archive, max_ratio=10**6) as location:
        assert location.copy("bomb", tmp_path / "bomb").stat().st_size == 5 * RATIO_FREE_BYTES


def test_a_sparse_file_counts_as_what_it_unpacks_to(tmp_path: Path) -> None:
    info = tarfile.TarInfo("holes")
    # A hole of a tebibyte behind one byte, in the notation of GNU tar 1.0.
    table = b"1\n0\n1\n".ljust(512, b"\0") + b"x".ljust(512, b"\0")
    info.size = len(table)
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**40)}
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as packed:
        packed.addfile(info, io.BytesIO(table))
    with opened(tmp_path / "a.tar") as location:
        with pytest.raises(DataError, match="unpacks to more than"):
            location.copy(location.names[0], tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_the_total_limit_is_of_all_copies_together(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.zip", {"one": b"x" * 60, "two": b"x" * 60})
    with opened(archive, max_total_bytes=119) as location:
        location.copy("one", tmp_path / "1")
        with pytest.raises(DataError, match="two unpacks to more than the 59 bytes that are left"):
            location.copy("two", tmp_path / "2")
    assert not (tmp_path / "2").exists()


def read_all(path: Path, out: Path) -> None:
    with opened(path) as location:
        location.copy_all({name: out / name for name in location.names})


@pytest.mark.parametrize("suffix", [".zip", *TAR_MODES])
def test_an_archive_that_is_cut_anywhere_is_refused(tmp_path: Path, suffix: str) -> None:
    files = {f"{number}.jpg": os.urandom(700 * number) for number in range(1, 6)}
    whole = make(tmp_path / f"a{suffix}", files).read_bytes()
    end = len(whole) if suffix != ".tar" else len(whole.rstrip(b"\0"))
    for cut in range(0, end - 8, max(end // 40, 1)):
        (tmp_path / f"a{suffix}").write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"cut short|Fetch it again|is not"):
            read_all(tmp_path / f"a{suffix}", tmp_path / "out")


def test_what_follows_the_end_of_a_tar_is_not_lost_silently(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a.tar", FILES), make(tmp_path / "b.tar", FILES)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(DataError, match=r"more than an end, after 'notes\.txt'"), opened(first):
        pass


def test_a_zip_of_more_files_than_the_old_format_can_count(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(66_000):
            archive.writestr(f"{number}.txt", b"")
    with opened(tmp_path / "a.zip") as location:
        assert len(location.names) == 66_000


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz"])
def test_damaged_archives_never_give_other_errors_nor_lose_members(tmp_path: Path, suffix: str) -> None:
    files = {f"{number}.txt": b"some text, some more text\n" * 40 for number in range(6)}
    whole = make(tmp_path / f"a{suffix}", files).read_bytes()
    for place in range(0, len(whole), max(len(whole) // 150, 1)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        (tmp_path / f"a{suffix}").write_bytes(damaged)
        try:
            with opened(tmp_path / f"a{suffix}") as location:
                location.copy_all({name: tmp_path / "out" / str(i) for i, name in enumerate(location.names)})
                # A plain tar has no checksum of content, and names may change where nothing vouches for them.
                assert len(location.names) == len(files)
        except DataError as error:
            assert str(tmp_path) in str(error)  # noqa: PT017  # most places are harmless, so nothing must be raised


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    archive = bytearray(make(tmp_path / "a.zip", {"one": b"text"}).read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := archive.find(mark, start)) >= 0:
            archive[start + place] |= 1
            start += 4
    (tmp_path / "a.zip").write_bytes(archive)
    with opened(tmp_path / "a.zip") as location, pytest.raises(DataError, match=r"cannot be unpacked: .*encrypted"):
        location.copy("one", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_errors_of_the_reader_are_not_taken_for_those_of_the_archive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="invalid literal"), opened(make(tmp_path / "a.zip", FILES)):
        int("no number")


@pytest.mark.parametrize("name", ["a.rar", "a.7z", "a.tar.zst"])
def test_archives_of_other_kinds_are_to_be_unpacked_first(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"?")
    with pytest.raises(DataError, match="Unpack it and name the folder instead"), opened(tmp_path / name):
        pass


def test_links_in_a_folder(tmp_path: Path) -> None:
    folder = make(tmp_path / "folder", {"real.csv": b"1"})
    (tmp_path / "outside.csv").write_bytes(b"secret")
    (folder / "inside.csv").symlink_to("real.csv")
    (folder / "outside.csv").symlink_to("../outside.csv")
    (folder / "broken.csv").symlink_to("nothing.csv")
    with opened(folder) as location:
        assert location.names == ("broken.csv", "inside.csv", "outside.csv", "real.csv")
        assert location.copy("inside.csv", tmp_path / "copy").read_bytes() == b"1"
        assert not (tmp_path / "copy").is_symlink()
        with pytest.raises(DataError, match="is a link that leads out of"):
            location.copy("outside.csv", tmp_path / "x")
        with pytest.raises(MissingArtefactError, match=r"is a link to nothing\.csv, which is not there"):
            location.copy("broken.csv", tmp_path / "x")
    assert not (tmp_path / "x").exists()
    (folder / "images").symlink_to(tmp_path)
    with pytest.raises(DataError, match="images is a link to a folder"), opened(folder):
        pass


def test_a_folder_that_is_named_by_a_link_is_that_folder(tmp_path: Path) -> None:
    make(tmp_path / "folder", FILES)
    (tmp_path / "link").symlink_to("folder")
    with opened(tmp_path / "link") as location:
        assert location.copy("notes.txt", tmp_path / "out").read_bytes() == b""


def test_what_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "ml-25m.zip").write_bytes(b"")
    with pytest.raises(MissingArtefactError, match=r"Nearest beside it: ml-25m\.zip"), opened(tmp_path / "ml-25.zip"):
        pass
    with pytest.raises(MissingArtefactError, match="Nor is the folder"), opened(tmp_path / "nowhere/a.zip"):
        pass


def test_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is a device or a pipe; expected a file"), opened(tmp_path / "pipe"):
        pass
    with opened(tmp_path) as location:
        assert location.names == ()


@pytest.fixture
def nobody() -> Iterator[None]:
    """Give up root's right to read everything; where tests do not run as root there is none to give up."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("nobody")
def test_files_and_folders_without_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder) / "data", FILES)
        out = Path(folder) / "out"
        out.mkdir()
        (path / "notes.txt").chmod(0)
        with opened(path) as location, pytest.raises(DataError, match=r"notes\.txt cannot be read: Permission denied"):
            location.copy("notes.txt", out / "x")
        with pytest.raises(DataError, match=r"notes\.txt cannot be read: Permission denied"):
            bring_file(path / "notes.txt", out)
        (path / "ml").chmod(0)
        with pytest.raises(DataError, match="ml cannot be listed: Permission denied"), opened(path):
            pass
        with pytest.raises(DataError, match="cannot be read: Permission denied"), opened(path / "ml/sub"):
            pass
        (path / "ml").chmod(0o700)
        assert list(out.iterdir()) == []


def test_named_files_are_brought_unchanged(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    packed = tmp_path / "reviews.jsonl.gz"
    packed.write_bytes(gzip.compress(b"{}"))
    (tmp_path / "linked.csv").symlink_to(packed)
    assert bring_file(packed, out) == out / "reviews.jsonl.gz"
    assert bring_file(tmp_path / "linked.csv", out).read_bytes() == packed.read_bytes()
    with pytest.raises(DataError, match=r"another file named reviews\.jsonl\.gz was brought before"):
        bring_file(packed, out)


def test_named_files_that_cannot_be_brought(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "broken").symlink_to("nothing")
    with pytest.raises(MissingArtefactError, match="broken is a link to nothing, which is not there"):
        bring_file(tmp_path / "broken", out)
    with pytest.raises(MissingArtefactError, match="missing is not there"):
        bring_file(tmp_path / "missing", out)
    with pytest.raises(DataError, match="out is a folder; expected a file"):
        bring_file(out, tmp_path)
    assert list(out.iterdir()) == []
