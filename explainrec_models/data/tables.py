"""Tables as parquet files: their bytes depend on the rows alone, and what is no table is said to be none."""

from pathlib import Path

import polars as pl

from explainrec_models.data.outputs import require
from explainrec_models.errors import DataError

ROW_GROUP = 250_000
"""Left to itself, polars makes row groups of what its threads hand it, or of the pieces a table has in memory."""


def write_parquet(table: pl.DataFrame | pl.LazyFrame, path: Path) -> None:
    """Write a table; of a lazy one never more than a few row groups are in memory."""
    table.lazy().sink_parquet(path, row_group_size=ROW_GROUP)


def read_parquet(path: Path, *, made_by: str) -> pl.DataFrame:
    """Read a table that a stage wrote.

    Raises:
        MissingArtefactError: it is not there; the message names the stage to run.
        DataError: it is not a table, or cut short.
    """
    require(path, made_by=made_by)
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        message = f"{path} is not the table that the stage '{made_by}' writes ({error}). Delete it and run that again."
        raise DataError(message) from error
