from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.evaluation.tables import read_table, require_heldout_rows

HELDOUT = pl.DataFrame(
    {
        schema.USER_ID: ["u", "u", "v"],
        schema.ITEM_ID: ["a", "b", "a"],
        schema.LIKED: [1, 0, 1],
        schema.WARM_USER: [True, True, False],
        schema.WARM_ITEM: [True, False, True],
    }
)
SCORED = HELDOUT.with_columns(pl.Series(schema.SCORE, [0.1, 0.2, 0.3]))


def check(predicted: pl.DataFrame) -> None:
    require_heldout_rows("ease", predicted, HELDOUT, split="test")


def test_the_same_rows_in_any_order_pass() -> None:
    check(SCORED.reverse())


@pytest.mark.parametrize(
    ("predicted", "found"),
    [
        (SCORED[:2], r"1 held-out row\(s\) not scored \(first: user v, item a\)"),
        (
            pl.concat([SCORED, SCORED[:1].with_columns(pl.lit("z").alias(schema.ITEM_ID))]),
            r"1 row\(s\) nobody asked for \(first: user u, item z\)",
        ),
        (pl.concat([SCORED, SCORED[2:]]), r"2 row\(s\) scored twice \(first: user v, item a\)"),
        (
            SCORED.with_columns((1 - pl.col(schema.LIKED)).alias(schema.LIKED)),
            r"3 row\(s\) with another label or warm flag \(first: user u, item a\)",
        ),
        (
            SCORED.with_columns(pl.Series(schema.SCORE, [0.1, float("nan"), None])),
            r"2 row\(s\) without a finite score \(first: user u, item b\)",
        ),
    ],
)
def test_other_rows_are_an_error_that_names_the_system_and_the_difference(predicted: pl.DataFrame, found: str) -> None:
    with pytest.raises(DataError, match=rf"test predictions of system 'ease' differ from the 3 held-out rows.*{found}"):
        check(predicted)


def test_a_missing_file_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="predict@ml"):
        read_table(tmp_path / "pointwise.parquet", ["x"], made_by="predict@ml")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"lacks the column\(s\) b, c; it has a\. Run the stage 'explain'"):
        read_table(tmp_path / "t.parquet", ["a", "b", "c"], made_by="explain")
