"""Blocks of whole rows, whatever stands where the file is cut."""

from pathlib import Path

import pytest

from explainrec_models.data import delimited_blocks
from explainrec_models.data.delimited_blocks import blocks_of, count_rows
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.errors import DataError

CONTENT = b'a,1\n"b\nb",2\nc,"3"\nd 5" e,4\nf,5\n"g,\n",6'


def written(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [1, 3, 5, 11, 100])
def test_blocks_join_to_the_file_and_end_between_rows(tmp_path: Path, size: int) -> None:
    blocks = list(blocks_of(written(tmp_path, CONTENT), Dialect(), block_bytes=size))
    assert b"".join(block for _, block in blocks) == CONTENT
    ends = {4, 12, 18, 27, 31, len(CONTENT)}
    assert {place.offset + len(block) for place, block in blocks} <= ends
    assert all(place.line == 1 + CONTENT[: place.offset].count(b"\n") for place, _ in blocks)


def test_a_byte_order_mark_is_counted_but_not_content(tmp_path: Path) -> None:
    ((place, block),) = blocks_of(written(tmp_path, b"\xef\xbb\xbfa\n"), Dialect())
    assert (place.offset, block) == (3, b"a\n")


def test_rows_are_counted_outside_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, b'a,1\n"b\nb",2\nc,3')
    assert count_rows(path, Dialect()) == 3
    assert count_rows(path, Dialect(quote=None)) == 4
    assert count_rows(written(tmp_path, b""), Dialect()) == 0


def test_a_row_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited_blocks, "MAX_ROW_BYTES", 16)
    path = written(tmp_path, b"a,1\n" + b"x" * 64)
    with pytest.raises(DataError, match="line 2, byte 4: found more than 16 bytes without the end of a row"):
        list(blocks_of(path, Dialect(), block_bytes=8))
    path = written(tmp_path, b'a,1\n"' + b"x\n" * 64)
    with pytest.raises(DataError, match="line 2, byte 4: found quotes that do not match"):
        list(blocks_of(path, Dialect(), block_bytes=8))
