"""Published parts: taken as they are, refused where there are none."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from invented_rows import CHOICES, Files, Row, chosen_on, divide, row, table, trained, two_files

from explainrec_models.data import schema, sources
from explainrec_models.data.recipes import given
from explainrec_models.data.schema import PARTS
from explainrec_models.errors import DataError, ParamsError

CHOICE = CHOICES["given"]


def of(*parts: str | None) -> st.SearchStrategy[Row]:
    """Draw a row of one of these parts."""
    return st.tuples(row(), st.sampled_from(parts)).map(lambda pair: (*pair[0][:5], pair[1]))


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(PARTS)])
def test_parts_are_taken_as_they_are_whatever_their_days(dtype: pl.DataType) -> None:
    parts = ["test", "train", None, "valid", "train"]
    rows: list[Row] = [("a", "i", 1, 9 - place, None, part) for place, part in enumerate(parts)]
    split = divide(table(rows).cast({schema.SPLIT: dtype}), CHOICE)
    assert [getattr(split, part)[schema.RATING].to_list() for part in PARTS] == [[4, 1], [3], [0]]
    assert split.left_out == {"rows_in_no_published_part": 1}


def test_a_layout_without_parts_is_told_which_have_them() -> None:
    rows = table([("a", "i", 1, 0, None, None)]).drop(schema.SPLIT)
    with pytest.raises(ParamsError, match=r"this layout has none; layouts that have: amazon-2023-benchmark"):
        divide(rows, CHOICE)


def test_the_layouts_that_are_named_are_those_whose_readers_fill_the_column() -> None:
    folder = Path(sources.__path__[0])
    filling = [path.stem for path in folder.glob("*.py") if "schema.SPLIT" in path.read_text(encoding="utf-8")]
    assert sorted(given.LAYOUTS) == sorted(name.replace("_", "-") for name in filling)


def test_a_part_by_another_name_is_refused() -> None:
    rows = table([("a", "i", 1, 0, None, "dev"), ("a", "j", 1, 0, None, "train")])
    with pytest.raises(DataError, match="column 'split' holds 'dev'; expected train, valid, test or nothing"):
        divide(rows, CHOICE)


@settings(deadline=None)
@drawn(files=two_files(st.lists(of("train", "valid"), min_size=1, max_size=30), of("test", None)))
def test_no_row_of_the_published_test_part_changes_what_is_trained_or_chosen(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert chosen_on(mine) == chosen_on(other)


@settings(deadline=None)
@drawn(files=two_files(st.lists(of("train"), min_size=1, max_size=30), of("valid", "test", None)))
def test_no_row_outside_the_published_training_part_changes_what_is_trained(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert trained(mine) == trained(other)
