"""Training examples: histories of strictly earlier rows, drawn from training rows alone."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import corpus, interactions

from explainrec_models.data import schema
from explainrec_models.data.examples import few_shot, windows
from explainrec_models.errors import DataError


def rows(*moments: int) -> pl.DataFrame:
    return pl.DataFrame(
        [("u", str(place), 5.0, moment, 1) for place, moment in enumerate(moments)],
        schema=schema.INTERACTION_COLUMNS,
        orient="row",
    )


def test_rows_of_the_same_moment_are_no_history_of_one_another() -> None:
    examples = windows(rows(1, 2, 2, 2, 3), history_length=10)
    assert [example.history.item_ids for example in examples] == [(), ("0",), ("0",), ("0",), ("0", "1", "2", "3")]


def test_ties_do_not_shorten_a_history_below_its_length() -> None:
    """Rows 0 and 1 are earlier; 2 to 4 share the moment of 4, whose last two earlier rows are 0 and 1."""
    last = windows(rows(1, 2, 5, 5, 5), history_length=2)[-1]
    assert last.history.item_ids == ("0", "1")


@given(later=st.integers(0, 5), cut=st.integers(1, 71))
def test_a_later_row_changes_no_earlier_example(later: int, cut: int) -> None:
    table = interactions().sort(schema.TIMESTAMP, maintain_order=True)
    planted = table.tail(1).with_columns(
        pl.lit("u1").alias(schema.USER_ID), pl.lit(str(later)).alias(schema.ITEM_ID), pl.col(schema.TIMESTAMP) + 1
    )
    before = windows(table, history_length=4)
    after = windows(pl.concat([table, planted]), history_length=4)
    assert after[: len(before)] == before
    assert windows(table.head(cut), history_length=4) == before[:cut]


def test_a_draw_is_repeatable_and_has_histories() -> None:
    train = corpus().train
    drawn = few_shot(train, 8, seed=1, history_length=3)
    assert drawn == few_shot(train, 8, seed=1, history_length=3)
    assert drawn != few_shot(train, 8, seed=2, history_length=3)
    assert all(1 <= len(example.history) <= 3 for example in drawn)


def test_more_shots_than_rows_draw_every_row_with_a_history() -> None:
    train = corpus().train
    drawn = few_shot(train, 5000, seed=1, history_length=3)
    assert len(drawn) == sum(len(example.history) > 0 for example in windows(train, history_length=3))


def test_context_stands_in_histories_and_is_never_drawn() -> None:
    columns = {
        "user_id": ["a", "b"],
        "item_id": ["2", "2"],
        "rating": [5.0, 5.0],
        "timestamp": [20, 20],
        "liked": [1, 1],
    }
    train = pl.DataFrame(columns)
    context = pl.DataFrame(columns).with_columns(item_id=pl.lit("1"), timestamp=pl.lit(10, dtype=pl.Int64)).head(1)
    with pytest.raises(DataError, match="none of the 2 training rows has an earlier row"):
        few_shot(train, 1, seed=0, history_length=3)
    drawn = few_shot(train, 1, seed=0, history_length=3, context=context)
    assert [(example.history.user_id, example.history.item_ids, example.item_id) for example in drawn] == [
        ("a", ("1",), "2")
    ]
