"""Reading the tables of earlier stages, with errors that name the stage to run again."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.tables import read_parquet
from explainrec_models.errors import DataError

_TARGET = (schema.USER_ID, schema.ITEM_ID, schema.LIKED, schema.WARM_USER, schema.WARM_ITEM)


def read_table(path: Path, columns: Collection[str], *, made_by: str) -> pl.DataFrame:
    """Read a parquet table and keep ``columns``.

    Raises:
        MissingArtefactError: the file is not there.
        DataError: a column is missing.
    """
    table = read_parquet(path, made_by=made_by)
    missing = sorted(set(columns) - set(table.columns))
    if missing:
        message = (
            f"{path} lacks the column(s) {', '.join(missing)}; it has {', '.join(table.columns)}. "
            f"Run the stage '{made_by}' again."
        )
        raise DataError(message)
    return table.select(list(columns))


def require_heldout_rows(system: str, predicted: pl.DataFrame, heldout: pl.DataFrame, *, split: str) -> None:
    """Check that a system scored exactly the held-out rows, each once, with a finite number.

    Without it two systems could be compared on different rows.

    Args:
        system: name for the message.
        predicted: the system's rows of one split: the target columns and ``score``.
        heldout: the rows it was asked to score.
        split: name for the message.

    Raises:
        DataError: rows are missing, extra or doubled, a label or warm flag differs, or a score is not finite.
    """
    pair = list(_TARGET[:2])
    predicted, heldout = _typed(predicted), _typed(heldout)
    problems = {
        "held-out row(s) not scored": heldout.join(predicted, on=pair, how="anti"),
        "row(s) nobody asked for": predicted.join(heldout, on=pair, how="anti"),
        "row(s) scored twice": predicted.filter(pl.struct(pair).is_duplicated()),
        "row(s) with another label or warm flag": predicted.join(heldout, on=pair, how="semi").join(
            heldout, on=list(_TARGET), how="anti"
        ),
        "row(s) without a finite score": predicted.filter(~pl.col(schema.SCORE).is_finite().fill_null(value=False)),
    }
    found = [_described(what, rows) for what, rows in problems.items() if rows.height]
    if found:
        message = (
            f"the {split} predictions of system {system!r} differ from the {heldout.height} held-out rows that every "
            f"system is compared on: {'; '.join(found)}. Run the stage 'predict' of {system!r} again."
        )
        raise DataError(message)


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        pl.col(schema.LIKED).cast(pl.Int8), pl.col(schema.WARM_USER, schema.WARM_ITEM).cast(pl.Boolean)
    )


def _described(what: str, rows: pl.DataFrame) -> str:
    first = rows.sort(schema.USER_ID, schema.ITEM_ID).row(0, named=True)
    return f"{rows.height} {what} (first: user {first[schema.USER_ID]}, item {first[schema.ITEM_ID]})"
