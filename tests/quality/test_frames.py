import polars as pl
import pytest

from explainrec_models.quality.frames import (
    IN_TEST,
    IN_TRAIN,
    IN_VALID,
    KNOWN_ITEM,
    items_table,
    ratings_table,
    to_pandas,
)
from explainrec_models.quality.limits import Limits


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["a", None], pl.String, "string"),
        ([1, None], pl.Int8, "Int64"),
        ([1.5, None], pl.Float32, "Float64"),
        ([True, None], pl.Boolean, "boolean"),
        ([["a"], None], pl.List(pl.String), "object"),
    ],
)
def test_a_missing_value_does_not_change_a_type(values: list[object], dtype: pl.DataType, expected: str) -> None:
    column = to_pandas(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}))["x"]
    assert str(column.dtype) == expected
    assert column.isna().tolist() == [False, True]


def test_not_a_number_counts_as_missing() -> None:
    assert to_pandas(pl.DataFrame({"x": [1.0, float("nan")]}))["x"].isna().tolist() == [False, True]


def test_cuts_belong_to_the_later_part(limits: Limits, items: pl.DataFrame) -> None:
    # 2022-03-01 and 2022-04-01 at midnight UTC, the limits' cuts, and a millisecond before each.
    rows = pl.DataFrame(
        {
            "user_id": ["u"] * 4,
            "item_id": ["i0", "i1", "new", "i2"],
            "rating": [1.0, 4.0, 5.0, 3.9],
            "timestamp": [1_646_092_799_999, 1_646_092_800_000, 1_648_771_199_999, 1_648_771_200_000],
        }
    )
    table = ratings_table(rows, items, limits).collect()
    assert table.select(IN_TRAIN, IN_VALID, IN_TEST).rows() == [(1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1)]
    assert table["liked"].to_list() == [0, 1, 1, 0]
    assert table[KNOWN_ITEM].to_list() == [1, 1, 0, 1]


def test_blank_titles_and_ids_in_their_place_are_missing() -> None:
    items = pl.DataFrame({"item_id": ["a", "b", "c", "d"], "title": ["Lamp", " ", "c", None]})
    assert items_table(items).collect()["title"].to_list() == ["Lamp", None, None, None]
