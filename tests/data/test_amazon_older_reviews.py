"""Reviews and ratings whose clock shows days: both ways of reading, and what cannot be used."""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from explainrec_models.data.amazon_older_reviews import (
    ASIN,
    OVERALL,
    REVIEWER,
    SECONDS,
    read_ratings,
    read_reviews,
)
from explainrec_models.data.python_literals import parse_json_or_literal
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.errors import DataError

DAY = 1_500_000_000
ORDER_2018, ORDER_2014 = (ASIN, REVIEWER, OVERALL, SECONDS), (REVIEWER, ASIN, OVERALL, SECONDS)


def _review(user: str, item: str = "M1", **fields: Any) -> dict[str, Any]:
    return {"overall": 4.0, "reviewerID": user, "asin": item, "unixReviewTime": DAY} | fields


def _reviews(path: Path, *reviews: dict[str, Any]) -> pl.DataFrame:
    path.write_text("".join(json.dumps(review) + "\n" for review in reviews))
    return pl.concat(read_reviews(path, Counter()))


def _ratings(path: Path, text: str, order: Sequence[str] = ORDER_2018) -> pl.DataFrame:
    path.write_text(text)
    return pl.concat(read_ratings(path, order, Counter()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Mugs.json"


def test_seconds_become_milliseconds(path: Path) -> None:
    rows = _reviews(path, _review("u1"), _review("u2", overall=1))
    assert rows.schema == RAW_INTERACTION_SCHEMA
    assert rows.rows() == [("u1", "M1", 4.0, DAY * 1000), ("u2", "M1", 1.0, DAY * 1000)]


@pytest.mark.parametrize(
    "change",
    [
        {"vote": "1,913"},
        {"style": {"Size:": " Big"}, "image": ["https://example.invalid/1.jpg"]},
        {"reviewText": None},
        {"summary": "\ud800"},
        {"unixReviewTime": float(DAY)},
        {"overall": 4},
    ],
)
def test_optional_fields_change_nothing(path: Path, change: dict[str, Any]) -> None:
    rows = _reviews(path, _review("u1"), _review("u2", **change), _review("u3")).rows()
    assert rows == [(user, "M1", 4.0, DAY * 1000) for user in ("u1", "u2", "u3")]


def test_the_fast_and_the_careful_way_agree(path: Path, tmp_path: Path) -> None:
    reviews = [_review(f"u{number % 7}", f"M{number}", unixReviewTime=DAY + number) for number in range(50)]
    careful = tmp_path / "careful.json"
    careful.write_text("".join(repr(review) + "\n" for review in reviews))
    slow = pl.concat(read_reviews(careful, Counter(), parse=parse_json_or_literal))
    assert _reviews(path, *reviews).equals(slow)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"unixReviewTime": DAY * 1000}, "unixReviewTime 1500000000000, .* expected seconds since 1970, not milli"),
        ({"unixReviewTime": -1}, "unixReviewTime -1, which is before March 1973"),
        ({"unixReviewTime": None}, "unixReviewTime None, expected a whole number of seconds"),
        ({"unixReviewTime": DAY + 0.5}, r"unixReviewTime 1500000000\.5, expected a whole number"),
        ({"unixReviewTime": float("inf")}, "unixReviewTime inf, expected a whole number"),
        ({"unixReviewTime": float("nan")}, "unixReviewTime nan, expected a whole number"),
        ({"unixReviewTime": True}, "unixReviewTime True, expected a whole number"),
        ({"unixReviewTime": 10**11 + 1}, "unixReviewTime 100000000001, .* not milliseconds"),
        ({"overall": "5.0"}, "rating '5.0', expected a number"),
        ({"reviewerID": None}, "reviewerID None, expected a text"),
        ({"reviewerID": " "}, "reviewerID ' ', expected a text"),
        ({"asin": 17}, "asin 17, expected a text"),
    ],
)
def test_names_the_place_of_a_review_that_cannot_be_used(path: Path, change: dict[str, Any], found: str) -> None:
    offset = len(json.dumps(_review("u1"))) + 1
    with pytest.raises(DataError, match=rf"Mugs\.json, line 2, byte {offset}: found {found}"):
        _reviews(path, _review("u1"), _review("u2", **change), _review("u3"))


def test_line_ends_blank_lines_and_blanks_around_ids(path: Path) -> None:
    lines = [json.dumps(_review(user)) for user in (" u1", "u2", "u3 ")]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode())
    counts: Counter[str] = Counter()
    rows = pl.concat(read_reviews(path, counts)).rows()
    assert rows == [(user, "M1", 4.0, DAY * 1000) for user in ("u1", "u2", "u3")]
    assert counts["ids_with_blanks"] == 2


def test_a_file_cut_short_is_refused(path: Path) -> None:
    packed = gzip.compress("".join(json.dumps(_review(f"u{number}")) + "\n" for number in range(500)).encode())
    path.write_bytes(packed[:-40])
    with pytest.raises(DataError, match=r"Mugs\.json, line 1, byte 0: found gzip data that ends .* a whole gzip file"):
        pl.concat(read_reviews(path, Counter()))


def test_ratings_of_both_editions_give_the_same_rows(path: Path) -> None:
    later = _ratings(path, f"M1,u1,5.0,{DAY}\nM2,u1,3.0,{DAY}\n")
    older = _ratings(path, f"u1,M1,5.0,{DAY}\r\nu1,M2,3.0,{DAY}\r\n\r\n", ORDER_2014)
    assert later.schema == RAW_INTERACTION_SCHEMA
    assert later.rows() == older.rows() == [("u1", "M1", 5.0, DAY * 1000), ("u1", "M2", 3.0, DAY * 1000)]


def test_ratings_with_users_and_items_in_each_others_place_are_refused(path: Path) -> None:
    with pytest.raises(DataError, match=r"line 1, byte 0: .* a user as asin, .* expected asin, reviewerID, .* order"):
        _ratings(path, f"A1INVENTED000X,B00INVENTE,5.0,{DAY}\n")
    assert _ratings(path, f"B00INVENTE,A1INVENTED000X,5.0,{DAY}\n").height == 1


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (f"M1,u2,5.0,{DAY}000", "unixReviewTime 1500000000000, .* not milliseconds"),
        (f"M1,u2,five,{DAY}", "'five'"),
        (f"M1,u2,nan,{DAY}", "'nan'|rating nan"),
        (f"M1, ,5.0,{DAY}", "user_id ''"),
        ("M1,u2,5.0", "3 fields"),
    ],
)
def test_names_the_place_of_a_rating_that_cannot_be_used(path: Path, row: str, found: str) -> None:
    with pytest.raises(DataError, match=rf"Mugs\.json, line 2, byte 21: .*({found})"):
        _ratings(path, f"M1,u1,5.0,{DAY}\n{row}\n")
