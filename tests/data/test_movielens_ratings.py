"""Invented ratings in the three forms, with the dirt of the real ones."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.data.movielens_ratings import Order, read_ratings
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.errors import DataError

HEADER = "userId,movieId,rating,timestamp\n"
ROWS = [("1", "31", 2.5, 1_260_759_144_000), ("1", "29", 5.0, 1_260_759_179_000), ("2", "31", 0.5, 835_355_493_000)]
WRITTEN = {
    "ratings.csv": (HEADER, ","),
    "ratings.dat": ("", "::"),
    "u.data": ("", "\t"),
}


def written(folder: Path, content: str, name: str = "ratings.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    return path


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_every_form_gives_the_same_rows(tmp_path: Path, name: str, packed: str) -> None:
    header, separator = WRITTEN[name]
    lines = [separator.join((user, item, str(rating), str(time // 1000))) for user, item, rating, time in ROWS]
    table, counts = read_ratings(written(tmp_path, header + "\n".join(lines), name + packed))
    assert table.schema == RAW_INTERACTION_SCHEMA
    assert table.rows() == ROWS
    assert not any(counts.values())


def test_known_dirt_is_repaired_or_left_out_and_counted(tmp_path: Path) -> None:
    content = (
        "1,31,2.5,1260759144\n"
        "1,29,5,1260759179000\n"
        "2,31,3,835355493\n"
        "2,31,4,835355400\n"
        "2,40,4,0\n"
        "2,31,1,835355400\n"
    )  # fmt: skip
    table, counts = read_ratings(written(tmp_path, HEADER + content))
    assert table.rows() == [
        ("1", "31", 2.5, 1_260_759_144_000),
        ("1", "29", 5.0, 1_260_759_179_000),
        ("2", "31", 4.0, 835_355_400_000),
    ]
    assert dict(counts) == {"timestamps_in_milliseconds": 1, "ratings_without_time": 1, "repeated_ratings": 2}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("3,31,5.5,835355400", "found rating 5.5, expected 0.5 to 5 stars in steps of a half"),
        ("3,31,0,835355400", "found rating 0, expected 0.5 to 5 stars"),
        ("3,31,3.7,835355400", "found rating 3.7, expected 0.5 to 5 stars"),
        ("3,31,4,835355400000000", "found timestamp 835355400000000, expected seconds since 1970"),
        ("3,31,4,2005-04-02 23:53:47", "found '2005-04-02 23:53:47' as timestamp, expected a whole number"),
        ("3,a,4,835355400", "found 'a' as movieId, expected a whole number"),
    ],
)
def test_what_is_no_rating_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = written(tmp_path, f"{HEADER}1,31,2.5,1260759144\n{row}\n")
    place = f"{path}, line 3, byte {len(HEADER) + 20}: "
    with pytest.raises(DataError, match=f"^{re.escape(place + message)}"):
        read_ratings(path)


@pytest.mark.parametrize(("content", "count"), [(HEADER, 0), (HEADER + "1,2,3,0\n", 1)])
def test_ratings_without_a_time_are_no_dataset(tmp_path: Path, content: str, count: int) -> None:
    with pytest.raises(DataError, match=f"found {count} ratings, none of them with a time, expected ratings with"):
        read_ratings(written(tmp_path, content))


def test_a_missing_last_field_is_no_short_rating(tmp_path: Path) -> None:
    path = written(tmp_path, "1::31::5::978300760\n2::31::978300760\n", "ratings.dat")
    with pytest.raises(
        DataError, match=r"line 2, byte 20: found 3 fields between '::' in '2::31::978300760', expected 4"
    ):
        read_ratings(path)


@given(st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=4), max_size=3))
def test_rows_rise_when_no_pair_is_at_or_before_the_one_above(chunks: list[list[tuple[int, int]]]) -> None:
    order = Order()
    for chunk in chunks:
        users, movies = np.array(chunk, dtype=np.int64).T
        order.follow(users, movies)
    pairs = [pair for chunk in chunks for pair in chunk]
    assert order.rises == (sorted(set(pairs)) == pairs)
