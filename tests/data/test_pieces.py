from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import pieces
from explainrec_models.data.delimited_rows import Dialect
from explainrec_models.data.pieces import parquet_pieces, parquet_types, text_pieces
from explainrec_models.errors import DataError


def test_parquet_comes_in_pieces_whose_rows_are_counted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_ROWS", 100)
    path = tmp_path / "day=1" / "a[1].parquet"
    path.parent.mkdir()
    pl.DataFrame({"b": [str(number) for number in range(250)], "c": 1}).write_parquet(path, row_group_size=70)
    found = list(parquet_pieces(path, {"ours": "b"}))
    assert len(found) > 1
    together = pl.concat([piece.frame for piece in found])
    assert together["ours"].to_list() == [str(number) for number in range(250)]
    assert list(parquet_types(path)) == ["b", "c"]
    row = found[1].frame["ours"][3]
    with pytest.raises(DataError, match=rf"a\[1\]\.parquet, row {int(row) + 1}: found this, expected that"):
        found[1].refuse(3, "this", "that")


def test_one_column_may_serve_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,id\nMug,1\n,2\n", encoding="utf-8")
    (piece,) = text_pieces(path, {"title": "name", "text": "name"}, Dialect())
    assert piece.frame.rows() == [("Mug", "Mug"), (None, None)]
    with pytest.raises(DataError, match=r"a\.csv, line 3, byte 14: found this, expected that"):
        piece.refuse(1, "this", "that")
