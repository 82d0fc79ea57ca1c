"""Invented Parquet tables of every type, with nulls, of no use and damaged."""

import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from invented_tables import EXPECTED, SECONDS, counted, loaded, of_frame

from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError


@pytest.mark.parametrize("content", [b"", b"user_id,item_id\n1,2\n", b"PAR1" + b"x" * 99 + b"PAR1", b"PAR1"])
def test_a_parquet_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"interactions\.parquet cannot be read as Parquet .*\.csv"):
        loaded(tmp_path, Request(location=tmp_path / "mine.parquet"))


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    frame = pl.DataFrame({"user_id": range(3000), "item_id": [str(number) for number in range(3000)]})
    frame.write_parquet(tmp_path / "mine.parquet")
    content = bytearray((tmp_path / "mine.parquet").read_bytes())
    content[40:400] = bytes(byte ^ 0x5A for byte in content[40:400])
    (tmp_path / "mine.parquet").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        loaded(tmp_path, Request(location=tmp_path / "mine.parquet"))


@pytest.mark.parametrize(
    "moments",
    [
        pl.Series([SECONDS + number for number in range(3)]),
        pl.Series([float(SECONDS + number) for number in range(3)]),
        pl.Series([str(SECONDS + number) for number in range(3)]),
        pl.Series([datetime.fromtimestamp(SECONDS + number, tz=UTC) for number in range(3)]),
        pl.Series([SECONDS + number for number in range(3)], dtype=pl.UInt32),
        pl.Series([(SECONDS + number) * 10**9 for number in range(3)]).cast(pl.Datetime("ns")),
    ],
)
@pytest.mark.parametrize(
    "users", [pl.Series([1, 2, 1]), pl.Series([1.0, 2.0, 1.0]), pl.Series(["1", "2", " 1"], dtype=pl.Categorical)]
)
def test_parquet_of_every_type(tmp_path: Path, moments: pl.Series, users: pl.Series) -> None:
    frame = pl.DataFrame({"user_id": users, "item_id": ["7", "7", "9"], "timestamp": moments, "rating": [4.5, 2, 5]})
    tables = of_frame(tmp_path, frame)
    assert tables.interactions.schema == RAW_INTERACTION_SCHEMA
    assert tables.interactions.rows() == [({"ann": "1", "bob": "2"}[row[0]], *row[1:]) for row in EXPECTED]
    naive = moments.dtype == pl.Datetime("ns")
    assert tables.dropped.get("timestamps_without_zone", 0) == (3 if naive else 0)
    assert tables.dropped.get("ids_written_as_decimals", 0) == (3 if users.dtype.is_float() else 0)


def test_parquet_with_nulls(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "user_id": [1.0, None, 2.0, 3.0, 4.0],
            "item_id": ["a", "a", "", "a", "a"],
            "rating": [1, 1, 1, None, 1],
            "timestamp": [SECONDS, SECONDS, SECONDS, SECONDS, None],
        }
    )
    tables = of_frame(tmp_path, frame)
    assert tables.interactions.rows() == [("1", "a", 1.0, SECONDS * 1000)]
    reasons = {f"rows_without_{name}": 1 for name in ("user_id", "item_id", "rating", "time")}
    assert counted(tables) == reasons | {"ids_written_as_decimals": 4, "items_without_metadata": 1}


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("user_id", [[1], [2]], "row 1: found user_id of the type List(Int64), expected ids: text or whole numbers"),
        ("user_id", [1.0, 2.5], "row 2: found user_id 2.5, expected an id"),
        ("rating", [True, False], "found rating of the type Boolean, expected numbers"),
        ("rating", [1.0, float("inf")], "row 2: found rating inf"),
        ("timestamp", [True, False], "found a timestamp of the type Boolean"),
        ("timestamp", [SECONDS, SECONDS * 1000], "row 2: found timestamp 1700000000000, expected seconds"),
        ("timestamp", [SECONDS * 1000, SECONDS], "row 2: found timestamp 1700000000, expected milliseconds"),
    ],
)
def test_parquet_of_no_use(tmp_path: Path, column: str, values: list[object], message: str) -> None:
    frame = pl.DataFrame({"user_id": [1, 2], "item_id": ["a", "b"], "rating": [1, 2], "timestamp": [SECONDS] * 2})
    with pytest.raises(DataError, match=re.escape(message)):
        of_frame(tmp_path, frame.with_columns(pl.Series(column, values)))
