"""Counting gives what Great Expectations finds row by row, on tables as dirty as they can be invented."""

from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explainrec_models.quality.counting import REPETITION, ROW_WISE, WHOLE, count
from explainrec_models.quality.findings import Count, Fact, Unchecked
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.raw import check_raw
from explainrec_models.quality.rules import WARNING, Rule, has_columns, has_types, never_missing
from explainrec_models.quality.run import Layer, run_suites
from explainrec_models.quality.suites import raw_items, raw_ratings

LAYER = "invented"
NUMBERS = [None, 0.0, 1.0, 2.5, 5.0, 7.0, float("nan"), float("inf")]
WORDS = [None, "", "a", "b", "<b>a</b>", "Mug &amp; cup"]


def rule(name: str, expectation: str, **arguments: Any) -> Rule:
    return Rule(name, LAYER, WARNING, "", expectation, arguments)


RULES = [
    has_columns(LAYER, ["number", "word", "nowhere"]),
    *has_types(LAYER, {"number": "Float64", "word": "string", "whole": "string", "nowhere": "Int64"}),
    *never_missing(LAYER, ["number", "word", "nowhere"]),
    rule("between", "ExpectColumnValuesToBeBetween", column="number", min_value=1, max_value=5),
    rule("above", "ExpectColumnValuesToBeBetween", column="number", min_value=1, strict_min=True),
    rule("below", "ExpectColumnValuesToBeBetween", column="number", max_value=5, strict_max=True),
    rule("from", "ExpectColumnValuesToBeBetween", column="whole", min_value=2, mostly=0.5),
    rule("set", "ExpectColumnValuesToBeInSet", column="whole", value_set=[1, 2]),
    rule("set mostly", "ExpectColumnValuesToBeInSet", column="whole", value_set=[1, 2], mostly=0.6),
    rule("words", "ExpectColumnValuesToBeInSet", column="word", value_set=["a", "b"]),
    rule("regex", "ExpectColumnValuesToNotMatchRegex", column="word", regex="<[a-z]>|&[a-z]+;"),
    rule("unique", "ExpectColumnValuesToBeUnique", column="word", mostly=0.5),
    rule("unique number", "ExpectColumnValuesToBeUnique", column="number"),
    rule("pair", "ExpectCompoundColumnsToBeUnique", column_list=["word", "whole"], mostly=0.7),
    rule("triple", "ExpectCompoundColumnsToBeUnique", column_list=["word", "whole", "id"]),
    rule("no pair", "ExpectCompoundColumnsToBeUnique", column_list=["word", "nowhere"]),
    rule("increasing", "ExpectColumnValuesToBeIncreasing", column="whole"),
    rule("rows", "ExpectTableRowCountToBeBetween", min_value=3),
    rule("mean", "ExpectColumnMeanToBeBetween", column="whole", min_value=0, max_value=2, strict_max=True),
    rule("sum", "ExpectColumnSumToBeBetween", column="whole", min_value=3),
    rule("different", "ExpectColumnUniqueValueCountToBeBetween", column="whole", min_value=2),
    rule("gone", "ExpectColumnMeanToBeBetween", column="nowhere", min_value=2),
]  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(st.integers(0, 9))
    ids = pl.Series("id", draw(st.lists(st.sampled_from([None, "u", "v"]), min_size=rows, max_size=rows)), pl.String)
    return pl.DataFrame(
        {
            "number": pl.Series(
                draw(st.lists(st.sampled_from(NUMBERS), min_size=rows, max_size=rows)), dtype=pl.Float64
            ),
            "word": pl.Series(draw(st.lists(st.sampled_from(WORDS), min_size=rows, max_size=rows)), dtype=pl.String),
            "whole": pl.Series(
                draw(st.lists(st.sampled_from([None, 0, 1, 2, 3]), min_size=rows, max_size=rows)), dtype=pl.Int64
            ),
            "id": ids.cast(draw(st.sampled_from([pl.String(), pl.Categorical()]))),
        }
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_counted_rules_equal_those_that_are_read_row_by_row(table: pl.DataFrame) -> None:
    layers = [Layer(LAYER, table.lazy(), RULES)]
    by_row = run_suites(layers, dataset="shop", rows_at_once=len(table))
    counted = run_suites(layers, dataset="shop", rows_at_once=-1)
    assert counted == by_row


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_raw_suites_agree_on_dirty_ratings(
    data: st.DataObject, interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> None:
    size = interactions.height
    moments = st.sampled_from([None, -1, 1_650_000_000, 1_645_000_000_000, 1_646_092_800_000, 1_649_000_000_000])
    columns = {
        "user_id": (st.sampled_from([None, "u0", "u1", "u2"]), pl.Categorical),
        "item_id": (st.sampled_from([None, "i0", "i1", "unheard of"]), pl.Categorical),
        "rating": (st.sampled_from([None, 0.5, 4.0, 5.0, 9.3, float("nan")]), pl.Float32),
        "timestamp": (moments, pl.Int64),
    }
    dirty = interactions.with_columns(
        pl.Series(name, data.draw(st.lists(values, min_size=size, max_size=size)), dtype=dtype)
        for name, (values, dtype) in columns.items()
    )
    by_row = check_raw(dirty, items, limits, dataset="shop")
    counted = check_raw(dirty, items, Limits(**{**vars(limits), "rows_at_once": 10}), dataset="shop")
    assert counted == by_row


def test_what_has_no_numbers_is_said_to_be_unchecked() -> None:
    table = pl.LazyFrame({"word": ["a"], "list": [["a"]]})
    rules = [
        rule("text", "ExpectColumnValuesToBeBetween", column="word", min_value=1),
        rule("mean", "ExpectColumnMeanToBeBetween", column="word", min_value=1),
        rule("list", "ExpectColumnValuesToBeUnique", column="list"),
    ]
    found = count(table, rules)
    assert found["text"] == Unchecked('the column "word" holds String, not numbers.')
    assert found["mean"] == Unchecked('the column "word" holds String, not numbers.')
    assert found["list"] == Unchecked('the column "list" holds List(String), not plain values.')
    verdict = run_suites([Layer(LAYER, table, rules)], dataset="shop", rows_at_once=0)
    assert [one["success"] for one in verdict["expectations"]] == [False] * 3
    assert verdict["expectations"][0]["observed"].startswith("could not be checked: the column")


def test_counts_and_facts_by_hand() -> None:
    table = pl.LazyFrame({"x": [3, None, 1, 2, 1]})
    rules = [
        rule("low", "ExpectColumnValuesToBeBetween", column="x", max_value=2),
        rule("order", "ExpectColumnValuesToBeIncreasing", column="x"),
        rule("once", "ExpectColumnValuesToBeUnique", column="x"),
        rule("sum", "ExpectColumnSumToBeBetween", column="x", min_value=1),
    ]
    # Of 3, 1, 2, 1 one is above 2; the falls are to 1 and to 1; the two ones are equal.
    assert count(table, rules) == {
        "low": Count(5, 4, 1, (3,)),
        "order": Count(5, 4, 2, (1, 1)),
        "once": Count(5, 4, 2, (1, 1)),
        "sum": Fact(7),
    }


def test_an_expectation_that_cannot_be_counted_is_no_silent_pass() -> None:
    with pytest.raises(AssertionError, match="ExpectColumnMedianToBeBetween cannot be counted"):
        count(pl.LazyFrame({"x": [1]}), [rule("median", "ExpectColumnMedianToBeBetween", column="x", min_value=0)])


def test_every_raw_rule_can_be_counted(limits: Limits) -> None:
    structural = {
        "ExpectTableRowCountToBeBetween",
        "ExpectColumnTypeToBe",
        "ExpectTableColumnsToMatchSet",
        "ExpectColumnValuesToNotBeNull",
    }
    known = {*ROW_WISE, *WHOLE, *REPETITION, *structural}
    assert {one.expectation for one in [*raw_ratings(limits), *raw_items(limits)]} <= known
    assert all(hasattr(gxe, name) for name in known)
