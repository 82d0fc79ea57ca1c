"""The bytes of a table depend on its rows alone."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from explainrec_models.data.tables import ROW_GROUP, read_parquet, write_parquet
from explainrec_models.errors import DataError

ROWS = 2 * ROW_GROUP + 7
WRITE = """
import sys
from pathlib import Path
import polars as pl
from explainrec_models.data.tables import write_parquet
rows = pl.scan_parquet(sys.argv[1])
write_parquet(rows.with_columns(pl.col("name").cast(pl.Categorical).cast(pl.String)), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    """Two row groups and a little more."""
    generator = np.random.default_rng(0)
    names = pl.Series(generator.integers(0, 5_000, ROWS)).cast(pl.String)
    return pl.DataFrame({"name": names, "value": generator.random(ROWS, dtype=np.float32)})


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_number_of_threads_changes_nothing(table: pl.DataFrame, tmp_path: Path) -> None:
    table.write_parquet(tmp_path / "in.parquet", row_group_size=100_000)
    found = set()
    for threads in ("1", "3"):
        out = tmp_path / f"{threads}.parquet"
        command = [sys.executable, "-c", WRITE, str(tmp_path / "in.parquet"), str(out)]
        subprocess.run(command, check=True, env={**os.environ, "POLARS_MAX_THREADS": threads})
        found.add(digest(out))
    assert len(found) == 1


def test_the_pieces_in_memory_change_nothing(table: pl.DataFrame, tmp_path: Path) -> None:
    pieces = pl.concat([table.slice(start, 70_001) for start in range(0, ROWS, 70_001)], rechunk=False)
    assert pieces.n_chunks() > 1
    write_parquet(table, tmp_path / "one.parquet")
    write_parquet(pieces, tmp_path / "many.parquet")
    write_parquet(pieces.lazy(), tmp_path / "lazy.parquet")
    assert digest(tmp_path / "one.parquet") == digest(tmp_path / "many.parquet") == digest(tmp_path / "lazy.parquet")
    assert pl.read_parquet(tmp_path / "one.parquet").equals(table)


def test_a_table_without_rows_keeps_its_columns(table: pl.DataFrame, tmp_path: Path) -> None:
    write_parquet(table.clear(), tmp_path / "none.parquet")
    assert pl.read_parquet(tmp_path / "none.parquet").schema == table.schema


@pytest.mark.parametrize("table", ["cut short", "not a table"])
def test_a_damaged_table_is_named_with_its_stage(tmp_path: Path, table: str) -> None:
    path = tmp_path / "items.parquet"
    write_parquet(pl.DataFrame({"a": range(1_000)}), path)
    path.write_bytes(path.read_bytes()[:-100] if table == "cut short" else b"PAR1 and nothing else")
    with pytest.raises(DataError, match=r"items\.parquet is not the table that the stage 'prepare' writes"):
        read_parquet(path, made_by="prepare")
