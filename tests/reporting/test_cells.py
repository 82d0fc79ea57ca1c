import polars as pl
import pytest

from explainrec_models.reporting.cells import Cell, Column, Footnotes, Interval, Table, number, read_intervals, signed


@pytest.mark.parametrize(
    ("value", "text"), [(0.71349, "0.713"), (-0.25, "\N{MINUS SIGN}0.250"), (-0.0001, "0.000"), (12.0, "12.000")]
)
def test_number_has_three_decimals_and_no_negative_zero(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.5, "+0.500"), (-0.5, "\N{MINUS SIGN}0.500"), (0.0001, "0.000")])
def test_signed_shows_the_sign_of_what_is_shown(value: float, text: str) -> None:
    assert signed(value) == text


def test_an_interval_without_bounds_says_so_and_proves_nothing() -> None:
    interval = Interval(0.7, None, None, users=1)
    assert interval.bounds == "no interval"
    assert not interval.excludes_zero


@pytest.mark.parametrize(("low", "high", "apart"), [(0.01, 0.2, True), (-0.2, -0.01, True), (-0.1, 0.1, False)])
def test_an_interval_excludes_zero_on_either_side(low: float, high: float, apart: bool) -> None:  # noqa: FBT001 -- a case
    assert Interval((low + high) / 2, low, high, users=9).excludes_zero is apart


def test_values_that_are_not_finite_leave_no_interval() -> None:
    rows = {"system": ["a", "b"], "metric": ["m", "m"], "slice": ["all", "all"], "users": [3, 3]}
    table = pl.DataFrame({**rows, "value": [0.5, float("nan")], "low": [0.4, 0.1], "high": [None, 0.2]})
    assert read_intervals(table) == {("a", "m", "all"): Interval(0.5, 0.4, None, 3)}


def test_footnotes_keep_one_letter_a_text_and_go_beyond_z() -> None:
    notes = Footnotes()
    letters = [notes.letter(str(text)) for text in range(28)]
    assert letters[0] == notes.letter("0") == "a"
    assert letters[25:] == ["z", "aa", "bb"]
    assert notes.listed()[1] == ("b", "1")


def test_group_starts_are_the_columns_after_each_group() -> None:
    table = Table((("one", 2), ("two", 3)), (Column("c"),) * 5, ())
    assert table.starts == {0, 2}
    assert Table((), (), ()).starts == set()


def test_an_empty_cell_shows_nothing() -> None:
    assert not Cell("auc_score").text
