import polars as pl
import pytest

from explainrec_models.quality import repetition
from explainrec_models.quality.findings import Count
from explainrec_models.quality.repetition import repeated

TABLE = pl.LazyFrame(
    {
        "user": ["a", "b", "a", None, "b", None, "a"],
        "item": ["x", "x", "x", "x", "x", None, "y"],
    }
)


def test_each_row_of_a_repeated_pair_counts() -> None:
    again = {"user": "a", "item": "x"}, {"user": "b", "item": "x"}
    # The row without user and item has no key; the one without a user has one of its own.
    assert repeated(TABLE, ["user", "item"], sample=2) == Count(7, 6, 4, again)


def test_missing_values_of_a_single_column_are_not_judged() -> None:
    assert repeated(TABLE, ["user"], sample=20) == Count(7, 5, 5, ("a", "b", "a", "b", "a"))


def test_swapped_values_are_no_repetition() -> None:
    table = pl.LazyFrame({"user": ["a", "b", "c"], "item": ["b", "a", "c"]})
    assert repeated(table, ["user", "item"], sample=20).unexpected == 0


def test_rows_are_compared_in_parts_that_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "_COMPARED_AT_ONCE", 3)
    table = pl.LazyFrame({"x": pl.Series([n % 40 for n in range(100)], dtype=pl.Int64)})
    # 0 to 19 occur three times, 20 to 39 twice.
    assert repeated(table, ["x"], sample=4) == Count(100, 100, 100, (0, 1, 2, 3))


def test_equal_hashes_of_different_values_are_compared_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def colliding(table: pl.LazyFrame, columns: list[str]) -> pl.LazyFrame:
        one_hash = pl.lit(7, dtype=pl.UInt64).alias(repetition._HASH)
        return table.select(columns).with_row_index(repetition._ROW).with_columns(one_hash)

    monkeypatch.setattr(repetition, "_keys", colliding)
    assert repeated(pl.LazyFrame({"x": ["a", "b", "a"]}), ["x"], sample=20) == Count(3, 3, 2, ("a", "a"))


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_texts_and_categories_count_alike(dtype: pl.DataType) -> None:
    table = pl.LazyFrame({"x": pl.Series(["a", "b", "a", None], dtype=dtype)})
    assert repeated(table, ["x"], sample=20) == Count(4, 3, 2, ("a", "a"))
