import gzip
from pathlib import Path

import pytest

from explainrec_models.data import gzip_streams
from explainrec_models.data.gzip_streams import UnpackError, open_stream

PLAIN = b"one line\n" * 1000
PACKED = gzip.compress(PLAIN, mtime=0)


def _read(path: Path, content: bytes) -> bytes:
    path.write_bytes(content)
    with open_stream(path) as file:
        return file.read()


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PLAIN, PLAIN),
        (PACKED, PLAIN),
        (PACKED + PACKED, PLAIN + PLAIN),
        (gzip.compress(b"", mtime=0) + PACKED, PLAIN),
        (PACKED + b"\0" * 512, PLAIN),
        (b"", b""),
        (b"\x1f", b"\x1f"),
    ],
    ids=["plain", "packed", "two members", "empty member", "padded", "empty", "one byte"],
)
def test_gives_the_unpacked_bytes_whatever_the_name_says(
    tmp_path: Path, name: str, content: bytes, expected: bytes
) -> None:
    assert _read(tmp_path / name, content) == expected


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-10],
        PACKED[:-4],
        PACKED[:3],
        PACKED + PACKED[:5],
        PACKED + b"garbage that is no gzip member",
        PACKED[:20] + bytes([PACKED[20] ^ 0xFF]) + PACKED[21:],
        PACKED[:-8] + b"0000" + PACKED[-4:],
    ],
    ids=["cut", "no length", "header only", "second member cut", "garbage", "a flipped byte", "wrong checksum"],
)
def test_broken_gzip_data_are_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnpackError, match="gzip data that ends or breaks near here"):
        _read(tmp_path / "rows.gz", content)


def test_a_bomb_is_refused_once_it_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"\n" * 4 * 1024**2)
    monkeypatch.setattr(gzip_streams, "UNGUARDED_BYTES", 1024**2)
    with pytest.raises(UnpackError, match="unpack to more than 200 times their size"):
        _read(tmp_path / "rows.gz", bomb)
    # The same bytes are harmless below the limit.
    monkeypatch.setattr(gzip_streams, "UNGUARDED_BYTES", 8 * 1024**2)
    assert len(_read(tmp_path / "rows.gz", bomb)) == 4 * 1024**2
