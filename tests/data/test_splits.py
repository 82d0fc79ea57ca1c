"""What every recipe keeps: no row lost or used twice, promises kept, however ids are stored and files are sorted."""

import random
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import ALL, CHOICES, DATES, DAY, Row, broken_promises, divide, row, table, text, whole

from explainrec_models.data import schema
from explainrec_models.data.days import milliseconds
from explainrec_models.data.splits import cut, divided, in_time_order, recipe_names, recipe_of, split_digest
from explainrec_models.errors import DataError, ParamsError, UnknownNameError
from explainrec_models.params import Split as Choice

TEMPORAL = CHOICES["temporal"]
rows_of_a_file = st.lists(row(), min_size=4, max_size=60).map(whole)
every_recipe = pytest.mark.parametrize("name", CHOICES)


def plain(days: list[int]) -> pl.DataFrame:
    return table([(f"u{day}", "i", 1, day * DAY, None, None) for day in days])


def test_every_recipe_is_asked() -> None:
    asked = {choice.recipe for choice in CHOICES.values()} | {"tallrec-movies"}
    assert asked == set(recipe_names())


@every_recipe
@settings(deadline=None)
@given(rows=rows_of_a_file)
def test_every_row_is_in_one_part_or_counted_as_left_out(name: str, rows: list[Row]) -> None:
    file = table(rows)
    split = divide(file, CHOICES[name])
    numbers = [number for part in ALL for number in getattr(split, part)[schema.RATING].to_list()]
    assert len(numbers) == len(set(numbers))
    assert len(numbers) + sum(split.left_out.values()) == file.height
    assert min(split.left_out.values(), default=0) >= 0
    together = pl.concat([getattr(split, part) for part in ALL]).sort(schema.RATING)
    assert together.equals(file.select(schema.INTERACTION_COLUMNS).filter(pl.col(schema.RATING).is_in(numbers)))


@every_recipe
@settings(deadline=None)
@given(rows=rows_of_a_file)
def test_parts_are_in_time_order_and_the_promises_hold(name: str, rows: list[Row]) -> None:
    split = divide(table(rows), CHOICES[name])
    for part in ALL:
        found: pl.DataFrame = getattr(split, part)
        assert tuple(found.columns) == schema.INTERACTION_COLUMNS
        assert found.equals(found.sort(schema.TIMESTAMP, schema.RATING))
    assert broken_promises(split, recipe_of(CHOICES[name].recipe).PROMISES) == []


@every_recipe
@settings(deadline=None)
@given(rows=rows_of_a_file)
def test_ids_as_text_and_as_categories_give_the_same_parts(name: str, rows: list[Row]) -> None:
    as_text = table(rows)
    categorical = as_text.cast({schema.USER_ID: pl.Categorical, schema.ITEM_ID: pl.Categorical})
    mine, other = (divide(file, CHOICES[name]) for file in (as_text, categorical))
    assert split_digest(mine) == split_digest(other)
    assert mine.left_out == other.left_out
    assert other.train.schema[schema.USER_ID] == pl.Categorical


@every_recipe
@settings(deadline=None)
@given(rows=rows_of_a_file, order=st.randoms(use_true_random=False))
def test_the_order_of_the_file_decides_nothing_but_ties(name: str, rows: list[Row], order: random.Random) -> None:
    apart = [(*fields[:3], fields[3] + place, *fields[4:]) for place, fields in enumerate(rows)]
    shuffled = order.sample(apart, len(apart))
    mine, other = (divide(table(file), CHOICES[name]) for file in (apart, shuffled))
    assert [text(getattr(mine, part)) for part in ALL] == [text(getattr(other, part)) for part in ALL]
    assert (mine.left_out, mine.noted) == (other.left_out, other.noted)


def test_a_row_goes_to_the_first_place_whose_condition_holds() -> None:
    split = divided(
        plain([3, 1, 2, 4]),
        {
            "train": pl.col(schema.TIMESTAMP) < 2 * DAY,
            "too_late": pl.col(schema.TIMESTAMP) > 3 * DAY,
            "valid": pl.lit(None, pl.Boolean),
        },
        otherwise="test",
        left_out={"before": 5},
    )
    assert [row[0] for row in split.train.rows()] == ["u1"]
    assert [row[0] for row in split.test.rows()] == ["u2", "u3"]
    assert split.valid.is_empty()
    assert split.left_out == {"before": 5, "too_late": 1}


def test_ties_keep_file_order() -> None:
    rows = table([("u", "i", 1, number * 7 % 3, None, None) for number in range(5000)])
    expected = [number for moment in range(3) for number in range(5000) if number * 7 % 3 == moment]
    assert in_time_order(rows)[schema.RATING].to_list() == expected


def test_days_are_utc() -> None:
    assert milliseconds("2001-06-01") == 991_353_600_000


def test_an_empty_part_names_the_span_and_the_settings_that_were_read() -> None:
    choice = Choice(recipe="temporal", start="1970-01-02", **DATES)
    expected = (
        r"test part has no rows: 3 ratings go from 1970-01-01 to 1970-01-05, and the split is recipe temporal, "
        r"start 1970-01-02, valid_from 1970-01-04, test_from 1970-01-07 \(left out: 1 rows_before_start\)"
    )
    with pytest.raises(DataError, match=expected):
        cut(plain([0, 1, 4]), choice=choice, seed=0)


def test_no_rows_at_all_are_said_to_be_none() -> None:
    with pytest.raises(DataError, match="there are no rows to split"):
        cut(plain([0]).clear(), choice=TEMPORAL, seed=0)


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown split recipe 'leave-two-out'\. Nearest known: leave-one-out"):
        cut(plain([0]), choice=Choice(recipe="leave-two-out"), seed=0)


@pytest.mark.parametrize(
    ("choice", "missing"),
    [
        (Choice(recipe="temporal", valid_from="1970-01-04"), "test_from"),
        (Choice(recipe="few-shot", **DATES), "shots"),
        (Choice(recipe="k-shot-users"), "shots"),
        (Choice(recipe="held-out-items"), "valid_from"),
        (Choice(recipe="held-out-users", test_from="1970-01-04"), "valid_from"),
        (Choice(recipe="cross-domain", train_categories=("Mugs",), **DATES), "test_categories"),
    ],
)
def test_a_missing_setting_is_named(choice: Choice, missing: str) -> None:
    with pytest.raises(ParamsError, match=f"split recipe {choice.recipe} needs `{missing}:` under `split`"):
        cut(plain([0, 4, 8]), choice=choice, seed=0)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            Choice(recipe="temporal", shots=3, **DATES),
            "temporal has no use for `shots:`; .* It reads: start, test_from",
        ),
        (Choice(recipe="leave-one-out", **DATES), "leave-one-out has no use for `test_from:`"),
        (Choice(recipe="given", share=0.1), "given has no use for `share:`; remove it from params.yaml. It reads no"),
    ],
)
def test_a_setting_that_would_be_ignored_is_refused(choice: Choice, message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        cut(plain([0, 4, 8]), choice=choice, seed=0)


def test_settings_that_are_written_down_as_nothing_are_none() -> None:
    choice = Choice(recipe="temporal", shots=None, train_categories=(), **DATES)
    assert cut(plain([0, 4, 8]), choice=choice, seed=0).left_out == {}


def test_a_pin_holds_for_the_same_rows_in_any_order_and_for_no_others() -> None:
    digest = split_digest(cut(plain([0, 1, 4, 8]), choice=TEMPORAL, seed=0))
    pinned = TEMPORAL.model_copy(update={"sha256": digest})
    assert cut(plain([8, 4, 1, 0]), choice=pinned, seed=0).train.height == 2
    with pytest.raises(DataError, match=f"expects {digest}: the files or the recipe are not those"):
        cut(plain([0, 2, 4, 8]), choice=pinned, seed=0)


def test_the_digest_knows_the_parts_and_the_context_apart() -> None:
    split = cut(plain([0, 1, 4, 8]), choice=TEMPORAL, seed=0)
    others = [
        replace(split, context=split.train),
        replace(split, context=split.valid),
        replace(split, valid=split.test, test=split.valid),
        replace(split, train=split.train.head(1)),
    ]
    assert len({split_digest(found) for found in (split, *others)}) == 5
