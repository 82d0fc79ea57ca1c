"""TALLRec's windows as rows: the last row of each window, everything else known or left out."""

from collections.abc import Callable
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import ALL, DAY, broken_promises, chosen_on, divide, text, trained

from explainrec_models.data import schema
from explainrec_models.data.recipes import tallrec_movies
from explainrec_models.data.schema import PARTS
from explainrec_models.data.splits import Split, split_digest
from explainrec_models.data.tallrec_windows import tallrec_windows
from explainrec_models.errors import DataError
from explainrec_models.params import Split as Choice

CHOICE = Choice(recipe="tallrec-movies")
USERS, ROWS = 200, 70


@cache
def made_up() -> pl.DataFrame:
    """Users appear in falling order of their number; each one's rows stand in the file newest first."""
    number = pl.int_range(USERS * ROWS, eager=True)
    place = number % ROWS
    return pl.DataFrame(
        {
            schema.USER_ID: (USERS - number // ROWS).cast(pl.String),
            schema.ITEM_ID: place.cast(pl.String),
            schema.RATING: (1 + (number // ROWS + place) % 5).cast(pl.Float32),
            schema.TIMESTAMP: 800 * DAY * 10 - place * 1000,
        }
    ).with_columns((pl.col(schema.RATING) > 3).cast(pl.Int8).alias(schema.LIKED), pl.lit("").alias(schema.CATEGORY))


@cache
def divided() -> Split:
    return divide(made_up(), CHOICE)


def places_of(part: pl.DataFrame) -> list[int]:
    rows = made_up().with_row_index("place").join(part, on=[schema.USER_ID, schema.ITEM_ID], how="semi")
    return rows["place"].to_list()


def test_each_part_holds_the_last_rows_of_its_windows() -> None:
    lines = made_up().select(
        schema.USER_ID,
        schema.ITEM_ID,
        pl.col(schema.RATING).cast(pl.Int64),
        (pl.col(schema.TIMESTAMP) // 1000).cast(pl.String),
    )
    windows = tallrec_windows(lines.rows())
    for name in PARTS:
        asked = [(e.history.user_id, e.item_id, e.timestamp, int(e.liked)) for e in getattr(windows, name)]
        assert sorted(text(getattr(divided(), name))) == sorted(asked)


def test_other_rows_of_the_same_users_are_context_and_other_users_are_left_out() -> None:
    # 60 windows a user: the last 10,000 are those of 166 users and the last 40 of another.
    assert [getattr(divided(), name).height for name in ALL] == [8000, 1000, 1000, 167 * ROWS - 10_000]
    assert divided().left_out == {"rows_of_users_without_a_window": 33 * ROWS}
    assert sum(getattr(divided(), name).height for name in ALL) + 33 * ROWS == made_up().height


def test_rows_of_a_user_keep_their_order_across_the_parts() -> None:
    assert broken_promises(divided(), tallrec_movies.PROMISES) == []


def test_ids_as_categories_give_the_same_rows() -> None:
    categorical = made_up().cast({schema.USER_ID: pl.Categorical, schema.ITEM_ID: pl.Categorical})
    assert split_digest(divide(categorical, CHOICE)) == split_digest(divided())


def test_other_files_are_refused() -> None:
    with pytest.raises(DataError, match=r"give 60 windows, but TALLRec's recipe keeps the last 10000"):
        divide(made_up().head(ROWS), CHOICE)


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32), delay=st.integers(0, 5))
@pytest.mark.parametrize(("changed", "question"), [("test", chosen_on), ("valid", trained)])
def test_what_held_out_rows_say_changes_nothing_before_them(
    changed: str, question: Callable[[Split], list[Any]], seed: int, delay: int
) -> None:
    # Users and moments of the whole file decide which windows are the last 10,000, and what the rows say does not.
    places = places_of(getattr(divided(), changed))
    chosen = pl.Series(places).sample(fraction=0.5, seed=seed % 2**31).implode()
    is_changed = pl.int_range(pl.len()).is_in(chosen)
    lie = made_up().with_columns(
        pl.when(is_changed).then(pl.lit(f"lie {seed % 7}")).otherwise(schema.ITEM_ID).alias(schema.ITEM_ID),
        pl.when(is_changed).then(1 - pl.col(schema.LIKED)).otherwise(schema.LIKED).alias(schema.LIKED),
        pl.when(is_changed).then(5 - delay).otherwise(schema.RATING).cast(pl.Float32).alias(schema.RATING),
    )
    assert question(divide(lie, CHOICE)) == question(divided())
