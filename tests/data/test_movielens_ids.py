"""Categories of whole numbers, near together and far apart."""

import polars as pl
import pytest

from explainrec_models.data.movielens_ids import categories_of


@pytest.mark.parametrize("numbers", [[], [5], [7, 3, 7, 0], [-2, 9], [1, 10**12, 1], [2**62, -(2**62)]])
def test_categories_are_the_text_of_the_numbers(numbers: list[int]) -> None:
    found = categories_of(pl.Series("movieId", numbers, dtype=pl.Int64))
    assert found.dtype == pl.Categorical
    assert found.name == "movieId"
    assert found.cast(pl.String).to_list() == [str(number) for number in numbers]
