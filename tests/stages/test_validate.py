"""The stage ``validate`` on a small invented shop in the layout amazon-2023."""

import json
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.data.days import milliseconds
from explainrec_models.data.outputs import read_json
from explainrec_models.data.request import Request
from explainrec_models.errors import MissingArtefactError, QualityError
from explainrec_models.params import Quality
from explainrec_models.quality.limits import DriftLimits, Limits, OutputLimits
from explainrec_models.stages.validate import ValidateReport, validate

DAY = 24 * 60 * 60 * 1000
LIMITS: dict[str, Any] = {
    "like_threshold": 4,
    "valid_from": "2022-03-01",
    "test_from": "2022-04-01",
    "min_interactions": 100,
    "min_items": 10,
}


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_shop(folder: Path, *, first_rating: float = 2.0, first_title: str = "Mug 0") -> Path:
    folder.mkdir()
    start = milliseconds("2022-01-01")
    reviews: list[dict[str, Any]] = [
        {"user_id": f"u{n // 20}", "parent_asin": f"i{n % 20}", "rating": 1.0 + n % 5, "timestamp": start + n * DAY}
        for n in range(120)
    ]
    reviews[0]["rating"] = first_rating
    # A second review of one pair, which the reader drops and counts.
    reviews.append({**reviews[5], "timestamp": start + 119 * DAY})
    titles = [first_title, *(f"Mug {n}" for n in range(1, 20))]
    write_lines(folder / "Mugs.jsonl", reviews)
    write_lines(folder / "meta_Mugs.jsonl", [{"parent_asin": f"i{n}", "title": t} for n, t in enumerate(titles)])
    return folder


def run(tmp_path: Path, raw: Path, **limits: Any) -> ValidateReport:
    return validate(
        tmp_path / "quality" / "shop",
        key="shop",
        raw=raw,
        layout="amazon-2023",
        request=Request(categories=("Mugs",)),
        scratch=tmp_path / "scratch" / "shop",
        **(LIMITS | limits),
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_good_rows_give_a_verdict_a_report_and_pages(tmp_path: Path) -> None:
    report = run(tmp_path, write_shop(tmp_path / "raw"))
    out = tmp_path / "quality" / "shop"
    assert report.outcome.critical_failures == report.outcome.warnings == ()
    assert (report.interactions, report.items) == (120, 20)
    assert report.dropped["repeated_reviews"] == 1
    assert read_json(out / "verdict.json")["success"] is True
    stored = read_json(out / "report.json")
    assert stored["dropped"] == report.dropped
    assert stored["expectations"] == len(read_json(out / "verdict.json")["expectations"]) == report.outcome.expectations
    assert read_json(out / "verdict.json")["dropped"] == report.dropped
    assert "repeated reviews" in (out / "data_docs" / "index.html").read_text(encoding="utf-8")
    assert {**report.summary(), "critical_failures": [], "warnings": []} == stored
    assert not (tmp_path / "scratch" / "shop").exists()


def test_a_profile_stands_beside_the_verdict(tmp_path: Path) -> None:
    run(tmp_path, write_shop(tmp_path / "raw"))
    profile = read_json(tmp_path / "quality" / "shop" / "profile.json")
    assert (profile["rows"], profile["users"], profile["items"]) == (120, 6, 20)
    assert profile["categories"] == {"Mugs": 20}


def test_a_large_table_is_counted_with_the_same_verdict(tmp_path: Path) -> None:
    raw = write_shop(tmp_path / "raw", first_title="<b>Mug</b>")
    out = tmp_path / "quality" / "shop"
    run(tmp_path, raw)
    by_row = read_json(out / "verdict.json")
    run(tmp_path, raw, rows_at_once=10)
    assert read_json(out / "verdict.json") == by_row


def test_two_runs_give_equal_bytes(tmp_path: Path) -> None:
    raw = write_shop(tmp_path / "raw", first_title="<b>Mug</b>")
    out = tmp_path / "quality" / "shop"
    run(tmp_path, raw)
    before = contents(out)
    run(tmp_path, raw)
    assert contents(out) == before


def test_a_failed_warning_stops_nothing(tmp_path: Path) -> None:
    untitled = run(tmp_path, write_shop(tmp_path / "untitled", first_title=""), max_missing_title_share=0.01)
    assert untitled.outcome.warnings == ("raw_items: items have a title",)
    assert untitled.outcome.critical_failures == ()
    assert read_json(tmp_path / "quality" / "shop" / "verdict.json")["success"] is True


def test_a_critical_failure_is_kept_and_raised(tmp_path: Path) -> None:
    with pytest.raises(QualityError, match="dataset 'shop' failed 1 critical expectation:") as caught:
        run(tmp_path, write_shop(tmp_path / "raw", first_rating=9.0))
    scratch = tmp_path / "scratch" / "shop"
    lines = str(caught.value).splitlines()
    assert lines[1] == (
        "  raw_ratings: ratings lie on the scale of the layout: "
        "found 1 of 120 rows (0.83%) do not fit, such as 9; expected 1 to 5"
    )
    assert lines[2].startswith(
        f"Details: {scratch / 'data_docs' / 'index.html'}. Correct the files in {tmp_path / 'raw'};"
    )
    assert "sources.shop" in lines[2]
    assert caught.value.exit_code == 4
    assert contents(scratch) == contents(tmp_path / "quality" / "shop")
    assert read_json(scratch / "verdict.json")["success"] is False
    assert read_json(scratch / "report.json")["critical_failures"] == [
        "raw_ratings: ratings lie on the scale of the layout"
    ]
    assert "failed" in (scratch / "data_docs" / "index.html").read_text(encoding="utf-8")


def test_a_scale_in_params_takes_the_place_of_the_layouts(tmp_path: Path) -> None:
    report = run(tmp_path, write_shop(tmp_path / "raw", first_rating=9.0), rating_scale=(1, 10))
    assert report.outcome.critical_failures == ()


def test_a_later_success_removes_the_copy_of_the_failure(tmp_path: Path) -> None:
    with pytest.raises(QualityError, match="there are enough ratings"):
        run(tmp_path, write_shop(tmp_path / "raw"), min_interactions=1000)
    assert (tmp_path / "scratch" / "shop").is_dir()
    run(tmp_path, tmp_path / "raw")
    assert not (tmp_path / "scratch" / "shop").exists()


def test_a_missing_raw_folder_names_the_stage_before(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="The stage 'fetch"):
        run(tmp_path, tmp_path / "nowhere")
    assert not (tmp_path / "quality").exists()


def test_every_threshold_in_params_is_a_limit_with_the_same_default() -> None:
    limits = Limits(like_threshold=4, valid_from="2022-03-01", test_from="2022-04-01")
    quality = Quality().model_dump()
    sections = {"raw": limits, "check": OutputLimits(), "drift": DriftLimits()}
    assert quality.keys() == sections.keys()
    for name, values in quality.items():
        assert {field: getattr(sections[name], field) for field in values} == values
