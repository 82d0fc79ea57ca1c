import copy
import json
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.quality.drift import LAYER, compare, drift_report
from explainrec_models.quality.limits import DriftLimits

OLD: dict[str, Any] = {
    "format": 1,
    "rows": 100,
    "users": 10,
    "items": 20,
    "rated_items": 18,
    "ratings": {"1": 20, "3": 30, "5": 50},
    "like_share": 0.5,
    "rows_a_month": {"2022-01": 40, "2022-02": 40, "2022-03": 20},
    "rows_a_user": {"0.25": 4, "0.5": 10, "0.75": 12, "0.9": 20},
    "rows_an_item": {"0.25": 1, "0.5": 5, "0.75": 8, "0.9": 9},
    "title_length": {"0.25": 8, "0.5": 10, "0.75": 12, "0.9": 20},
    "items_with": {"text": 0.5, "picture": 0.0, "attributes": 1.0},
    "categories": {"Mugs": 15, "Lamps": 5},
}
LIMITS = DriftLimits()


def changed(**values: Any) -> dict[str, Any]:
    return {**copy.deepcopy(OLD), **values}


def failed(new: dict[str, Any], limits: DriftLimits = LIMITS) -> dict[str, str]:
    return {one["name"]: one["observed"] for one in compare(OLD, new, limits) if not one["success"]}


def test_nothing_drifts_between_equal_profiles() -> None:
    lines = compare(OLD, copy.deepcopy(OLD), LIMITS)
    assert all(one["success"] for one in lines)
    assert {one["layer"] for one in lines} == {LAYER}
    assert {one["severity"] for one in lines} == {"warning"}
    assert len(lines) == 13
    assert json.loads(json.dumps(lines, allow_nan=False)) == lines


@pytest.mark.parametrize(
    ("name", "value", "rule", "observed"),
    [
        ("rows", 160, "the number of ratings is near the earlier one", "100 -> 160 (+60.0%)"),
        ("users", 4, "the number of users is near the earlier one", "10 -> 4 (-60.0%)"),
        ("items", 31, "the number of items is near the earlier one", "20 -> 31 (+55.0%)"),
        # -0.3 ln(0.4) + 0.3 ln(2.5) = 0.549774 for bins 5 and 1.
        ("ratings", {"1": 5, "3": 3, "5": 2}, "ratings are spread as before", "0.5498, most of it '1': 20.0% -> 50.0%"),
        # 0.3 ln(1.6) + -0.3 ln(0.4) = 0.415888.
        ("like_share", 0.8, "likes are as frequent as before", "0.4159: 50.0% -> 80.0%"),
        (
            "rows_a_user",
            {"0.25": 4, "0.5": 16, "0.75": 12, "0.9": 20},
            "users have about as many ratings as before",
            "quantile 0.5: 10 -> 16",
        ),
        (
            "categories",
            {"Mugs": 5, "Lamps": 15},
            "categories are spread as before",
            "1.0986, most of it 'Lamps': 25.0% -> 75.0%",
        ),
    ],
)
def test_a_change_beyond_the_limit_is_told(name: str, value: Any, rule: str, observed: str) -> None:
    assert failed(changed(**{name: value})) == {rule: observed}


def test_changes_at_the_limit_are_tolerated() -> None:
    assert failed(changed(rows=150, users=5)) == {}
    assert failed(changed(rows=150), DriftLimits(max_count_change=0.4)).keys() == {
        "the number of ratings is near the earlier one"
    }


def test_pictures_where_there_were_none_are_a_drift() -> None:
    found = failed(changed(items_with={"text": 0.5, "picture": 0.4, "attributes": 1.0}))
    assert found.keys() == {"items with a picture are as frequent as before"}


def test_a_month_more_is_no_drift_and_a_rewritten_one_is() -> None:
    # The last month of the earlier version was not over; later ones are new.
    later = {"2022-01": 40, "2022-02": 40, "2022-03": 90, "2022-04": 70}
    assert failed(changed(rows_a_month=later)) == {}
    # 40 and 40 became 80 and 10: shares 0.5 and 0.5 became 8/9 and 1/9; 7/18 ln(16/9) + 7/18 ln(9/2) = 0.808679.
    found = failed(changed(rows_a_month={**later, "2022-01": 80, "2022-02": 10}))
    assert found.keys() == {"the months of both versions have the same weights"}
    assert next(iter(found.values())).startswith("0.8087, most of it '2022-0")


def test_versions_without_a_common_month_cannot_be_compared_in_silence() -> None:
    found = failed(changed(rows_a_month={"2023-01": 100}))
    assert found == {
        "the months of both versions have the same weights": (
            "could not be checked: the two versions have no month in common"
        )
    }


def write(folder: Path, profile: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
    return folder


def test_a_report_prints_as_a_table(tmp_path: Path) -> None:
    report = drift_report(write(tmp_path / "old", OLD), write(tmp_path / "new", changed(rows=300)), LIMITS)
    assert report.drifted() == ["the number of ratings is near the earlier one"]
    lines = report.text().splitlines()
    assert len(lines) == 14
    assert lines[0].split() == ["result", "expectation", "observed", "expected"]
    assert lines[1].split("  ")[0] == "drifted"
    assert "100 -> 300 (+200.0%)" in lines[1]
    assert {line.index("a change of at most 50%") for line in lines[1:4]} == {lines[0].index("expected")}
    assert report.summary()["new"] == str(tmp_path / "new")


def test_a_folder_without_a_profile_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"profile\.json is not there\. The stage 'validate'"):
        drift_report(tmp_path, write(tmp_path / "new", OLD), LIMITS)


def test_a_profile_of_another_format_is_refused(tmp_path: Path) -> None:
    old = write(tmp_path / "old", changed(format=0))
    with pytest.raises(DataError, match="is a profile of format 0; expected 1"):
        drift_report(old, write(tmp_path / "new", OLD), LIMITS)
