import gzip
from pathlib import Path

import pytest

from explainrec_models.data import json_lines
from explainrec_models.data.json_lines import read_json_lines
from explainrec_models.errors import DataError

GOOD = b'{"a": 1}\n'


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_yields_objects_with_their_places(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name, '\ufeff{"a": "é"}\n\n{"b": [1]}'.encode())
    rows = list(read_json_lines(path))
    assert [value for _, value in rows] == [{"a": "é"}, {"b": [1]}]
    assert [(place.line, place.offset) for place, _ in rows] == [(1, 0), (3, 16)]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (b'{"a": 1', r"'\{\"a\": 1' \(Expecting"),
        (b"[1, 2]\n", r"'\[1, 2\]', expected one JSON object"),
        (b'{"a": "\xe9"}\n', r"byte 0xe9 after 7 good bytes, expected UTF-8"),
        (b"[" * 100_000 + b"\n", r"'\[{80}…' \("),
        (b'{"a": ' + b"7" * 5000 + b"}\n", r"'\{\"a\": 7+…' \(Exceeds the limit"),
        (b"\0\0\0\n", r"'.*' \(Expecting value"),
    ],
)
def test_names_the_place_of_a_bad_line(tmp_path: Path, name: str, bad: bytes, found: str) -> None:
    path = _write(tmp_path / name, GOOD + bad)
    with pytest.raises(DataError, match=rf"{name}, line 2, byte 9: found {found}"):
        list(read_json_lines(path))


def test_names_the_place_where_gzip_data_ends(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD * 1000)[:-10])
    with pytest.raises(DataError, match=r"line \d+, byte \d+: found gzip data that ends or breaks near here"):
        list(read_json_lines(path))


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINE_BYTES", 1000)
    path = _write(tmp_path / "rows.jsonl", GOOD + b" " * 2000)
    with pytest.raises(DataError, match="line 2, byte 9: found more than 1,000 bytes without a line end"):
        list(read_json_lines(path))
