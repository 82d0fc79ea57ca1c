from collections import Counter
from typing import NoReturn

import polars as pl
import pytest

from explainrec_models.data.moments import Moments
from explainrec_models.data.pieces import Piece
from explainrec_models.errors import DataError


def piece(values: list[object], dtype: pl.DataType | None = None) -> Piece:
    def refuse(row: int, found: str, expected: str) -> NoReturn:
        message = f"row {row}: {found}; {expected}"
        raise DataError(message)

    return Piece(pl.DataFrame({"t": pl.Series(values, dtype=dtype)}), refuse)


@pytest.mark.parametrize("scale", [1, 10**3, 10**6, 10**9])
def test_whole_numbers_are_exact_in_every_unit(scale: int) -> None:
    found = Moments(Counter()).milliseconds(piece([1_700_000_001 * scale, None]), "t")
    assert found.to_list() == [1_700_000_001_000, None]


def test_later_pieces_have_the_unit_of_the_first_with_a_time() -> None:
    moments = Moments(Counter())
    assert moments.milliseconds(piece([0, None]), "t").to_list() == [0, None]
    assert moments.milliseconds(piece(["1700000000000"]), "t").to_list() == [1_700_000_000_000]
    with pytest.raises(DataError, match="row 1: timestamp 1700000000; milliseconds since 1970, as in the first row"):
        moments.milliseconds(piece([0, 1_700_000_000]), "t")


def test_later_pieces_have_the_kind_of_the_first() -> None:
    moments = Moments(Counter())
    assert moments.milliseconds(piece([None, "nan"]), "t").to_list() == [None, None]
    moments.milliseconds(piece(["2024-01-31"]), "t")
    with pytest.raises(DataError, match=r"row 0: timestamp '1700000000'; .* the first row has a date"):
        moments.milliseconds(piece(["1700000000"]), "t")


def test_numbers_beyond_every_unit_are_refused() -> None:
    with pytest.raises(DataError, match=r"row 0: timestamp 1\.8446744073709\d*e\+19; nanoseconds"):
        Moments(Counter()).milliseconds(piece([2**64 - 1], pl.UInt64()), "t")


@pytest.mark.parametrize(
    ("stated", "kept"),
    [([0, 1, 2], [0, 1000, 2000]), ([0, 1_700_000_000, -1], [1_700_000_000_000]), ([0, 0], []), ([-5], [])],
)
def test_placeholders_are_left_out_where_there_are_times(stated: list[object], kept: list[int]) -> None:
    counts: Counter[str] = Counter()
    moments = Moments(counts)
    rows = moments.without_placeholders(moments.milliseconds(piece(stated), "t").to_frame(), "t")
    assert rows["t"].to_list() == kept
    assert counts["rows_without_time"] == len(stated) - len(kept)


def test_dates_before_1970_are_times() -> None:
    moments = Moments(Counter())
    rows = moments.milliseconds(piece(["1969-12-31", "1970-01-01", "1970-01-02"]), "t").to_frame()
    assert moments.without_placeholders(rows, "t")["t"].to_list() == [-86_400_000, 86_400_000]
