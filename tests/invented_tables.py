"""Invented tables such as a user may have, and what reads them."""

import gzip
from pathlib import Path

import polars as pl

from explainrec_models.data.loading import read_raw, source_of
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request

SECONDS = 1_700_000_000
COLUMNS = {"user_id": "Customer", "item_id": "SKU", "rating": "Stars", "timestamp": "When"}
HEADER = ["Customer", "SKU", "Stars", "When", "Note"]
ROWS = [
    ["ann", "7", "4.5", str(SECONDS), "so, so"],
    ["bob", "7", "2", str(SECONDS + 1), ""],
    ["ann", "9", "5", str(SECONDS + 2), 'a "b"'],
]
EXPECTED = [
    ("ann", "7", 4.5, SECONDS * 1000),
    ("bob", "7", 2.0, (SECONDS + 1) * 1000),
    ("ann", "9", 5.0, (SECONDS + 2) * 1000),
]


def quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if any(mark in value for mark in ',\t;"') else value


def written(path: Path, rows: list[list[str]], *, header: list[str] | None = None, separator: str = ",") -> Path:
    lines = [separator.join(map(quoted, row)) for row in [header or HEADER, *rows]]
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def loaded(tmp_path: Path, request: Request, *, layout: str = "table") -> RawTables:
    raw = tmp_path / "raw"
    raw.mkdir()
    assert "licence that you know" in source_of(layout).fetch(raw, request)["licence"]
    return read_raw(raw, layout=layout, request=request)


def of_rows(tmp_path: Path, *rows: list[str], **columns: str) -> RawTables:
    path = written(tmp_path / "mine.csv", list(rows))
    return loaded(tmp_path, Request(location=path, columns=columns or COLUMNS))


def of_frame(tmp_path: Path, frame: pl.DataFrame) -> RawTables:
    frame.write_parquet(tmp_path / "mine.parquet")
    return loaded(tmp_path, Request(location=tmp_path / "mine.parquet"))


def counted(tables: RawTables) -> dict[str, int]:
    return {reason: count for reason, count in tables.dropped.items() if count}
