"""Tables as parquet files whose bytes depend on their rows alone, not on threads or on how memory was cut up."""

from pathlib import Path

import polars as pl

ROW_GROUP = 250_000
"""Left to itself, polars makes row groups of what its threads hand it, or of the pieces a table has in memory."""


def write_parquet(table: pl.DataFrame | pl.LazyFrame, path: Path) -> None:
    """Write a table; of a lazy one never more than a few row groups are in memory."""
    table.lazy().sink_parquet(path, row_group_size=ROW_GROUP)
