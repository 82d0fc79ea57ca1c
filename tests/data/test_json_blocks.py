"""The fast way and the careful way agree on clean lines; a line that fits neither is named by file, line and byte."""

import gzip
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.data import json_blocks
from explainrec_models.data.json_blocks import read_blocks, read_fields
from explainrec_models.data.json_lines import read_json_lines
from explainrec_models.data.places import Place
from explainrec_models.errors import DataError

COLUMNS = pl.Schema({"who": pl.String(), "how much": pl.Float64(), "when": pl.Int64(), "sure": pl.Boolean()})
ROW: dict[str, Any] = {"who": "u1", "how much": 4.5, "when": 1_600_000_000_000, "sure": True}
GOOD = json.dumps(ROW).encode() + b"\n"

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_skipped = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=5,
)
_rows = st.fixed_dictionaries(
    {
        "who": _texts,
        "how much": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1),
        "when": st.integers(-(2**63), 2**63 - 1),
        "sure": st.booleans(),
    },
    optional={"text": _skipped, "who else": _skipped, "": _skipped},
)


def _refuse(entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
    place.refuse(f"{sorted(entry)}", "a clean line")


def _as_they_are(entry: Mapping[str, Any], _: Place) -> Mapping[str, Any]:
    return entry


def _fast(path: Path, *, block_bytes: int = json_blocks.BLOCK_BYTES) -> pl.DataFrame:
    return pl.concat([COLUMNS.to_frame(), *read_blocks(path, COLUMNS, _refuse, block_bytes=block_bytes)])


def _careful(path: Path) -> pl.DataFrame:
    rows = [{name: entry[name] for name in COLUMNS} for _, entry in read_json_lines(path)]
    return pl.DataFrame(rows, schema=COLUMNS)


@given(
    rows=st.lists(_rows, max_size=12),
    ends=st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\n"]),
    last=st.booleans(),
    in_ascii=st.booleans(),
    start=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    block_bytes=st.integers(1, 300),
    packed=st.booleans(),
)
def test_both_ways_give_equal_tables(
    rows: list[dict[str, Any]],
    ends: str,
    last: bool,  # noqa: FBT001 - drawn by hypothesis
    in_ascii: bool,  # noqa: FBT001
    start: bytes,
    block_bytes: int,
    packed: bool,  # noqa: FBT001
) -> None:
    lines = [json.dumps(row, ensure_ascii=in_ascii) for row in rows]
    content = start * bool(rows) + (ends.join(lines) + ends * last).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(gzip.compress(content) if packed else content)
        assert _fast(path, block_bytes=block_bytes).equals(_careful(path))


DIRT = {
    "text for a number": GOOD.replace(b"4.5", b'"4.5"'),
    "true for a number": GOOD.replace(b"4.5", b"true"),
    "a number for text": GOOD.replace(b'"u1"', b"17"),
    "a number for true": GOOD.replace(b"true", b"1"),
    "null": GOOD.replace(b'"u1"', b"null"),
    "missing": GOOD.replace(b'"who"', b'"whom"'),
    "list": GOOD.replace(b'"u1"', b'["u1"]'),
    "whole number as float": GOOD.replace(b"1600000000000", b"1600000000000.0"),
    "too large a number": GOOD.replace(b"1600000000000", b"9223372036854775808"),
    "infinite by its exponent": GOOD.replace(b"4.5", b"1e999"),
    "NaN": GOOD.replace(b"4.5", b"NaN"),
    "half of a surrogate pair": GOOD.replace(b"u1", b"\\ud800"),
}


@pytest.mark.parametrize("bad", DIRT.values(), ids=DIRT)
@pytest.mark.parametrize("block_bytes", [10, json_blocks.BLOCK_BYTES])
def test_a_line_that_does_not_fit_is_handed_over_with_its_place(tmp_path: Path, bad: bytes, block_bytes: int) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD + b"\n" + bad + GOOD)
    with pytest.raises(DataError, match=rf"rows\.jsonl, line 3, byte {len(GOOD) + 1}: found \['how much'"):
        _fast(path, block_bytes=block_bytes)
    seen: list[Place] = []

    def mend(_: dict[str, Any], place: Place) -> dict[str, Any]:
        seen.append(place)
        return ROW | {"who": "mended"}

    table = pl.concat(read_blocks(path, COLUMNS, mend, block_bytes=block_bytes))
    assert table["who"].to_list() == ["u1", "mended", "u1"]
    assert [(place.line, place.offset) for place in seen] == [(3, len(GOOD) + 1)]
    kept = pl.concat(read_blocks(path, COLUMNS, lambda *_: None, block_bytes=block_bytes))
    assert kept["who"].to_list() == ["u1", "u1"]


BROKEN = {
    "cut": (GOOD[:-3], r"\(Expecting"),
    "a list": (b"[1, 2]\n", r"'\[1, 2\]', expected one JSON object"),
    "null": (b"null\n", "'null', expected one JSON object"),
    "two objects in a line": (GOOD[:-1] + GOOD, "Extra data"),
    "an object over two lines": (GOOD.replace(b", ", b",\n", 1), "Expecting"),
    "latin-1 in what is read": (GOOD.replace(b"u1", b"\xe9"), "byte 0xe9 after 9 good bytes, expected UTF-8"),
    "latin-1 in what is skipped": (GOOD.replace(b"}", b', "x": "\xe9"}'), "byte 0xe9 .* expected UTF-8"),
    "NUL bytes": (b"\0" * 20 + b"\n", "Expecting value"),
    "a NUL byte in a text": (GOOD.replace(b"u1", b"u\x001"), "Invalid control character"),
    "a comma at the end": (GOOD.replace(b"}", b",}"), r"\("),
    "nested too deeply": (b'{"x": ' + b"[" * 200_000 + b"\n", r"\("),
    "HTML": (b"<!doctype html>\n", "Expecting value"),
}


@pytest.mark.parametrize(("bad", "found"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("block_bytes", [10, json_blocks.BLOCK_BYTES])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_a_line_that_is_no_object_is_refused_by_its_place(
    tmp_path: Path, bad: bytes, found: str, block_bytes: int, name: str
) -> None:
    path = tmp_path / name
    content = GOOD * 2 + bad
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    with pytest.raises(DataError, match=rf"(?s){name}, line 3, byte {2 * len(GOOD)}: found .*{found}"):
        _fast(path, block_bytes=block_bytes)


def test_half_of_a_surrogate_pair_cannot_stand_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD + GOOD.replace(b"u1", b"\\ud800"))
    with pytest.raises(DataError, match=rf"line 2, byte {len(GOOD)}: found who '\\ud800', expected text without half"):
        list(read_blocks(path, COLUMNS, _as_they_are))


def test_numbers_beyond_their_limits_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD + b"\n" + GOOD.replace(b"4.5", b"10.5") + GOOD)
    limits = {"how much": (0, 10), "when": (0, 2_000_000_000_000)}
    with pytest.raises(DataError, match=rf"line 3, byte {len(GOOD) + 1}: found \['how much'"):
        list(read_blocks(path, COLUMNS, _refuse, limits=limits))
    table = pl.concat(read_blocks(path, COLUMNS, _as_they_are, limits=limits))
    assert table["how much"].to_list() == [4.5, 10.5, 4.5]


def test_what_no_column_needs_may_be_anything_that_json_allows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    odd = [b"NaN", b"-Infinity", b'"\\ud800"', b"[[[]]]", b"1e999", b"12345678901234567890123"]
    lines = [GOOD.replace(b"}", b', "x": ' + value + b"}") for value in odd]
    path.write_bytes(b"".join(lines))
    assert pl.concat(read_blocks(path, COLUMNS, _as_they_are)).rows() == [tuple(ROW.values())] * len(odd)


def test_of_a_field_that_a_line_has_twice_the_last_counts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD.replace(b'"who": "u1"', b'"who": "u1", "who": "u2"'))
    assert _fast(path)["who"].to_list() == _careful(path)["who"].to_list() == ["u2"]


def test_broken_gzip_data_are_refused_after_the_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD * 1000)[:-10])
    with pytest.raises(DataError, match=r"gz, line \d+, byte \d+: found gzip data that ends or breaks near here"):
        _fast(path)


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_blocks, "MAX_LINE_BYTES", 1000)
    path = tmp_path / "rows.jsonl"
    for end in (b"", b"\n", b"\n" + GOOD):
        path.write_bytes(GOOD + b"{" + b" " * 1200 + end)
        with pytest.raises(DataError, match=rf"line 2, byte {len(GOOD)}: found more than .* bytes without a line end"):
            _fast(path, block_bytes=500)


def test_reads_fields_of_any_type(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(b'{"id": "a", "x": [1, {"y": null}], "z": 1}\n{"id": "b"}\n{"id": 3, "x": "odd"}\n')
    rows = read_fields(path, {"id": str, "x": Any}, lambda entry, _: entry | {"id": str(entry["id"])})
    assert list(rows) == [{"id": "a", "x": [1, {"y": None}]}, {"id": "b", "x": None}, {"id": "3", "x": "odd"}]
