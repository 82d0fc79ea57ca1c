"""What learns from likes and dislikes refuses rows of one label, and says how many there are."""

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.one_label import refuse_one_label
from explainrec_models.errors import NothingToLearnError


def rows(*liked: int) -> pl.DataFrame:
    return pl.DataFrame({schema.LIKED: liked}, schema={schema.LIKED: pl.Int8})


@pytest.mark.parametrize(("liked", "label"), [(1, "likes"), (0, "dislikes")])
def test_rows_of_one_label_are_refused(liked: int, label: str) -> None:
    with pytest.raises(NothingToLearnError, match=f"^all 1,200 training rows are {label}, so that nothing differs$"):
        refuse_one_label(rows(*[liked] * 1200), "so that nothing differs")


@pytest.mark.parametrize("liked", [(1, 0), (0, 1, 1), ()])
def test_both_labels_and_no_row_pass(liked: tuple[int, ...]) -> None:
    refuse_one_label(rows(*liked), "so that nothing differs")
