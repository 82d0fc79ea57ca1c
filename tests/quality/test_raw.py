"""What was read, what had to be left out, and the rules that depend on the kind of dataset."""

from dataclasses import replace

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.raw import FEW_DROPPED, MOST_KEPT, READ, check_raw, is_about_rows
from explainrec_models.quality.verdict import Verdict


def lines(verdict: Verdict) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in verdict["expectations"] if one["layer"] == READ}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("repeated_reviews", True),
        ("ratings_of_unknown_items", True),
        ("rows_without_time", True),
        ("unreadable_lines", True),
        ("ids_with_blanks", False),
        ("timestamps_in_milliseconds", False),
        ("histories_unlike_the_rows", False),
        ("history_events", False),
        ("items_without_metadata", False),
        ("items_known_from_ratings_only", False),
        ("repeated_metadata", False),
        ("unreadable_pictures", False),
        ("repeated_movies", False),
    ],
)
def test_reasons_about_items_and_repairs_are_no_lost_rows(reason: str, expected: bool) -> None:  # noqa: FBT001
    assert is_about_rows(reason) == expected


def test_dropped_rows_are_judged_against_all_that_were_read(
    interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> None:
    dropped = {"repeated_reviews": 20, "rows_without_time": 10, "items_without_title": 900, "rows_beyond_repair": 0}
    verdict = check_raw(interactions, items, limits, dataset="shop", dropped=dropped)
    few, most = lines(verdict)[FEW_DROPPED], lines(verdict)[MOST_KEPT]
    # 120 rows are kept: 30 of 150 are left out, 10 of them for another reason than a repetition.
    assert few["unexpected_count"] == 30
    assert few["observed"] == (
        "30 of 150 rows (20.00%) do not fit, such as repeated_reviews (20), rows_without_time (10)"
    )
    assert few["expected"] == "at most 5% of rows left out or merged"
    assert (few["success"], few["severity"]) == (False, "warning")
    assert most["unexpected_count"] == 10
    assert (most["success"], most["severity"]) == (True, "critical")
    assert verdict["success"]
    assert verdict["dropped"] == dict(sorted(dropped.items()))


def test_a_dataset_that_is_mostly_left_out_stops_the_pipeline(
    interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> None:
    verdict = check_raw(interactions, items, limits, dataset="shop", dropped={"rows_without_user": 121})
    assert not lines(verdict)[MOST_KEPT]["success"]
    assert not verdict["success"]


def test_repetitions_alone_stop_nothing(interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits) -> None:
    verdict = check_raw(interactions, items, limits, dataset="shop", dropped={"repeated_ratings": 5000})
    assert not lines(verdict)[FEW_DROPPED]["success"]
    assert verdict["success"]


def test_parts_are_judged_where_their_cuts_are_given(
    interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> None:
    def parts(**cuts: str | None) -> set[str]:
        verdict = check_raw(interactions, items, replace(limits, **cuts), dataset="shop")  # type: ignore[arg-type]
        return {one["name"] for one in verdict["expectations"] if "part has rows" in one["name"]}

    assert parts(valid_from=None, test_from=None) == set()
    assert parts(valid_from=None) == {"the test part has rows"}
    assert parts(test_from=None) == {"the training part has rows"}
    assert len(parts()) == 3


def test_events_need_no_ratings(interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits) -> None:
    events = interactions.with_columns(pl.lit(None, dtype=pl.Float32).alias(schema.RATING))
    assert not check_raw(events, items, limits, dataset="shop")["success"]
    verdict = check_raw(events, items, replace(limits, implicit=True), dataset="shop")
    assert verdict["success"]
    names = {one["name"] for one in verdict["expectations"]}
    assert not names & {"there are likes and dislikes", "column rating has no missing value"}
