"""Prepared tables: nothing from after a cut reaches what systems see, and nothing vanishes uncounted."""

import json
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.request import Request
from explainrec_models.params import Split
from explainrec_models.stages.prepare import prepare

MS = 1000
CATEGORY = "Mugs"
DAYS = ["2022-05-01", "2022-05-02", "2022-07-02", "2022-10-02", "2022-10-03"]


def review(user: str, item: str, day: str, rating: float) -> dict[str, object]:
    moment = int(pl.Series([day]).str.to_datetime(time_unit="ms", time_zone="UTC").dt.epoch("ms")[0])
    return {
        "user_id": user,
        "parent_asin": item,
        "asin": item,
        "rating": rating,
        "timestamp": moment,
        "title": "t",
        "text": "x",
        "images": [],
        "helpful_vote": 0,
        "verified_purchase": True,
    }


def meta(item: str) -> dict[str, object]:
    return {
        "main_category": "Home",
        "title": f"Mug {item}",
        "average_rating": 4.0,
        "rating_number": 3,
        "features": [],
        "description": [],
        "price": None,
        "images": [],
        "videos": [],
        "store": "Stonebrook",
        "categories": ["Home", CATEGORY],
        "details": {},
        "parent_asin": item,
        "bought_together": None,
    }


REVIEWS = [
    review("a", "1", DAYS[0], 5),
    review("a", "2", DAYS[1], 2),
    review("b", "1", DAYS[1], 4),
    review("a", "3", DAYS[2], 5),
    review("b", "2", DAYS[2], 3),
    review("a", "4", DAYS[3], 5),
    review("b", "3", DAYS[3], 1),
    review("b", "1", DAYS[4], 5),
    review("new", "1", DAYS[4], 5),
]


def run(folder: Path, reviews: list[dict[str, object]], items: tuple[str, ...] = ("1", "2", "3", "4")) -> Path:
    raw = folder / "raw"
    raw.mkdir(parents=True)
    for name, rows in ((CATEGORY, reviews), (f"meta_{CATEGORY}", [meta(item) for item in items])):
        (raw / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    prepare(
        folder / "prepared",
        folder / "heldout",
        key="invented",
        raw=raw,
        layout="amazon-2023",
        request=Request(categories=(CATEGORY,)),
        like_threshold=4,
        choice=Split(valid_from="2022-07-01", test_from="2022-10-01"),
        users=100,
        rows_per_user=10,
        seed=1,
    )
    return folder


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def test_parts_and_targets(tmp_path: Path) -> None:
    run(tmp_path, REVIEWS)
    assert table(tmp_path / "prepared", "train").height == 3
    assert table(tmp_path / "prepared", "train")[schema.LIKED].to_list() == [1, 0, 1]
    test = table(tmp_path / "heldout", "test")
    pairs = set(zip(test[schema.USER_ID], test[schema.ITEM_ID], strict=True))
    # The pair (b, 1) was rated before the cut, and is therefore no target.
    assert pairs == {("a", "4"), ("b", "3"), ("new", "1")}
    assert dict(zip(test[schema.USER_ID], test[schema.WARM_USER], strict=True)) == {"a": True, "b": True, "new": False}
    assert dict(zip(test[schema.ITEM_ID], test[schema.WARM_ITEM], strict=True)) == {"4": False, "3": True, "1": True}
    assert table(tmp_path / "heldout", "liked_test").rows() == [("a", "4"), ("new", "1")]


@pytest.mark.parametrize("user", ["a", "stranger"])
@pytest.mark.parametrize("item", ["2", "never-described"])
def test_a_planted_future_row_changes_no_byte_that_systems_see(tmp_path: Path, user: str, item: str) -> None:
    run(tmp_path / "before", REVIEWS)
    run(tmp_path / "after", [review(user, item, "2022-12-24", 5), *REVIEWS])
    before, after = tmp_path / "before/prepared", tmp_path / "after/prepared"
    names = sorted(path.name for path in before.iterdir())
    assert names == ["context.parquet", "items.parquet", "report.json", "train.parquet", "valid.parquet"]
    for name in names:
        assert (before / name).read_bytes() == (after / name).read_bytes(), name


def test_a_row_before_the_cut_does_change_them(tmp_path: Path) -> None:
    run(tmp_path / "before", REVIEWS)
    run(tmp_path / "after", [review("a", "4", DAYS[0], 5), *REVIEWS])
    assert not table(tmp_path / "before/prepared", "train").equals(table(tmp_path / "after/prepared", "train"))


def test_duplicates_and_undescribed_items_are_counted(tmp_path: Path) -> None:
    run(tmp_path, [*REVIEWS, review("a", "1", DAYS[1], 1)], items=("1", "2", "3"))
    report = json.loads((tmp_path / "heldout/report.json").read_text())
    # (a, 1) and (b, 1) were reviewed twice; the earlier review stays.
    assert report["dropped"]["repeated_reviews"] == 2
    assert report["dropped"]["items_without_metadata"] == 1
    assert report["rows"] == {"train": 3, "valid": 2, "test": 3, "context": 0}
