"""The committed sample shop is what its generator writes, laid out like Amazon Reviews 2023, and keeps its secrets."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from PIL import Image

from explainrec_models.params import load_params

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
SHOP, TRUTH = SAMPLE / "shop", SAMPLE / "truth"
CATEGORIES = ("Mugs", "Notebooks", "Lamps")
REVIEW_FIELDS: dict[str, tuple[type, ...]] = {
    "rating": (float,),
    "title": (str,),
    "text": (str,),
    "images": (list,),
    "asin": (str,),
    "parent_asin": (str,),
    "user_id": (str,),
    "timestamp": (int,),
    "helpful_vote": (int,),
    "verified_purchase": (bool,),
}
META_FIELDS: dict[str, tuple[type, ...]] = {
    "main_category": (str,),
    "title": (str,),
    "average_rating": (float,),
    "rating_number": (int,),
    "features": (list,),
    "description": (list,),
    "price": (float, type(None)),
    "images": (list,),
    "videos": (list,),
    "store": (str, type(None)),
    "categories": (list,),
    "details": (dict,),
    "parent_asin": (str,),
    "bought_together": (list, type(None)),
}


def lines_of(pattern: str) -> list[dict[str, Any]]:
    paths = [SHOP / pattern.format(category) for category in CATEGORIES]
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


REVIEWS = lines_of("{}.jsonl")
METAS = lines_of("meta_{}.jsonl")
USER_TRUTH = pl.read_parquet(TRUTH / "users.parquet")
ITEM_TRUTH = pl.read_parquet(TRUTH / "items.parquet")


def milliseconds(date: str) -> int:
    return int(datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)


SOURCE = load_params(ROOT / "params.yaml").source("sample-shop")
VALID_FROM, TEST_FROM = milliseconds(str(SOURCE.split.valid_from)), milliseconds(str(SOURCE.split.test_from))


def run_generator(out: Path) -> str:
    command = [sys.executable, str(SAMPLE / "generate.py"), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("fresh")
    return out, run_generator(out)


def generated_files(folder: Path) -> dict[str, Path]:
    found = [path for part in ("shop", "truth") for path in (folder / part).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path for path in found}


def content_hash(path: Path) -> str:
    """Hash what a reader gets, since another version of Pillow or polars may pack the same content differently."""
    if path.suffix == ".png":
        with Image.open(path) as picture:
            content = repr((picture.mode, picture.size)).encode() + picture.convert("RGB").tobytes()
    elif path.suffix == ".parquet":
        table = pl.read_parquet(path)
        content = repr((table.schema, table.rows())).encode()
    else:
        content = path.read_bytes()
    return hashlib.sha256(content).hexdigest()


def test_committed_files_are_what_the_generator_writes(fresh: tuple[Path, str]) -> None:
    committed = {name: content_hash(path) for name, path in generated_files(SAMPLE).items()}
    written = {name: content_hash(path) for name, path in generated_files(fresh[0]).items()}
    assert committed == written


def test_generator_repeats_itself_byte_for_byte(fresh: tuple[Path, str], tmp_path: Path) -> None:
    run_generator(tmp_path)
    again = {name: path.read_bytes() for name, path in generated_files(tmp_path).items()}
    assert again == {name: path.read_bytes() for name, path in generated_files(fresh[0]).items()}


def test_readme_quotes_the_generators_summary(fresh: tuple[Path, str]) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for line in fresh[1].splitlines():
        assert f"* {line}." in readme


def test_the_reasons_can_be_learnt_but_not_from_rates_alone(fresh: tuple[Path, str]) -> None:
    found = re.search(r"true utility ([\d.]+), linear item-item ([\d.]+), user and item rates ([\d.]+)", fresh[1])
    assert found is not None
    oracle, linear, rates = (float(value) for value in found.groups())
    assert 0.85 <= oracle <= 0.91
    assert 0.55 <= rates <= 0.70
    assert rates + 0.04 < linear < oracle - 0.1


def test_sample_is_small() -> None:
    program = [SAMPLE / "README.md", *SAMPLE.glob("*.py"), *(SAMPLE / "generator").glob("*.py")]
    files = [*generated_files(SAMPLE).values(), *program]
    assert sum(path.stat().st_size for path in files) < 3_000_000


@pytest.mark.parametrize(("lines", "fields"), [(REVIEWS, REVIEW_FIELDS), (METAS, META_FIELDS)], ids=["reviews", "meta"])
def test_lines_have_the_published_fields_and_types(
    lines: list[dict[str, Any]], fields: Mapping[str, tuple[type, ...]]
) -> None:
    for line in lines:
        assert list(line) == list(fields)
        wrong = {name: value for name, value in line.items() if type(value) not in fields[name]}
        assert not wrong


def test_nested_fields_are_those_published() -> None:
    photos = [photo for review in REVIEWS for photo in review["images"]]
    assert photos
    assert {tuple(photo) for photo in photos} == {
        ("small_image_url", "medium_image_url", "large_image_url", "attachment_type")
    }
    assert {tuple(image) for meta in METAS for image in meta["images"]} == {("thumb", "large", "variant", "hi_res")}
    assert {review["rating"] for review in REVIEWS} == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_every_described_item_has_a_small_palette_picture() -> None:
    pictures = {path.stem: path for path in (SHOP / "images").iterdir()}
    assert set(pictures) == {meta["parent_asin"] for meta in METAS}
    for path in pictures.values():
        with Image.open(path) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (64, 64))


def test_the_dirt_is_as_stated() -> None:
    pairs = Counter((review["user_id"], review["parent_asin"]) for review in REVIEWS)
    assert sorted(pairs.values())[-4:] == [1, 2, 2, 2]
    bare = {review["parent_asin"] for review in REVIEWS} - {meta["parent_asin"] for meta in METAS}
    assert bare == {"SMUG002100", "SLAM003400"}
    assert sum("&amp;" in meta["title"] for meta in METAS) == 5
    assert sum('"' in meta["title"] for meta in METAS) == 1
    assert sum(meta["description"] == [] for meta in METAS) == 3
    assert sum(meta["store"] is None for meta in METAS) == 2
    assert 5 <= sum(meta["price"] is None for meta in METAS) <= 40


def test_cuts_leave_the_stated_shares() -> None:
    times = [review["timestamp"] for review in REVIEWS]
    assert milliseconds("2021-01-01") <= min(times)
    assert max(times) < milliseconds("2023-01-01")
    train = sum(time < VALID_FROM for time in times) / len(times)
    test = sum(time >= TEST_FROM for time in times) / len(times)
    assert train == pytest.approx(0.80, abs=0.015)
    assert test == pytest.approx(0.10, abs=0.015)


def test_liked_share_is_a_little_above_half() -> None:
    liked = sum(review["rating"] >= SOURCE.like_threshold for review in REVIEWS) / len(REVIEWS)
    assert 0.55 <= liked <= 0.60


def test_users_are_active_throughout_and_the_cold_ones_come_after_the_cut() -> None:
    times: dict[str, list[int]] = {}
    for review in REVIEWS:
        times.setdefault(review["user_id"], []).append(review["timestamp"])
    cold = [user for user, moments in times.items() if min(moments) >= TEST_FROM]
    warm = [user for user in times if user not in cold]
    assert (len(cold), len(warm)) == (12, 268)
    for user in warm:
        assert sum(moment < VALID_FROM for moment in times[user]) >= 5
        assert max(moment for moment in times[user]) >= TEST_FROM
        months = {datetime.fromtimestamp(moment / 1000, tz=UTC).strftime("%Y-%m") for moment in times[user]}
        assert len(months) >= 15


def test_cold_items_appear_after_the_cut() -> None:
    first: dict[str, int] = {}
    for review in REVIEWS:
        item = review["parent_asin"]
        first[item] = min(first.get(item, review["timestamp"]), review["timestamp"])
    assert len(first) == 240
    cold = {item for item, moment in first.items() if moment >= TEST_FROM}
    last_four = {f"{stem}{number:04d}00" for stem in ("SMUG", "SNOT", "SLAM") for number in range(77, 81)}
    assert last_four == cold


def test_every_reviewer_has_two_to_four_true_reasons() -> None:
    counts = dict(USER_TRUTH.group_by("user_id").len().iter_rows())
    assert set(counts) == {review["user_id"] for review in REVIEWS}
    assert set(counts.values()) == {2, 3, 4}
    assert not (USER_TRUTH["weight"] == 0).any()
    assert (USER_TRUTH["weight"] < 0).any()


def test_true_reasons_are_about_attributes_that_items_have() -> None:
    assert set(USER_TRUTH["attribute"]) <= set(ITEM_TRUTH["attribute"])
    assert set(ITEM_TRUTH["item_id"]) == {review["parent_asin"] for review in REVIEWS}
    fields = USER_TRUTH.with_columns(pl.col("attribute").str.extract(r"^(\w+):").alias("field"))
    kinds = {kind: set(group["field"]) for (kind,), group in fields.group_by("kind")}
    assert kinds == {
        "visual": {"look"},
        "popularity": {"popularity"},
        "cross": {"theme"},
        "plain": {"material", "store", "price_band"},
    }


def test_visible_attributes_agree_with_the_metadata() -> None:
    true: dict[str, set[str]] = {}
    for item_id, attribute in ITEM_TRUTH.iter_rows():
        true.setdefault(item_id, set()).add(attribute)
    for meta in METAS:
        seen = {f"theme:{meta['details']['Theme']}", f"material:{meta['details']['Material']}"}
        if meta["store"] is not None:
            seen.add(f"store:{meta['store']}")
        assert seen <= true[meta["parent_asin"]]
        assert meta["details"]["Theme"].title() in meta["title"]


def test_no_text_names_a_look() -> None:
    looks = {attribute.partition(":")[2] for attribute in ITEM_TRUTH["attribute"] if attribute.startswith("look:")}
    assert looks == {"stripes", "dots", "checks", "blank"}
    written = "".join(path.read_text(encoding="utf-8").lower() for path in SHOP.glob("*.jsonl"))
    other_forms = {"stripe", "dotted", "checked", "pattern", "colour", "color"}
    assert not [word for word in looks | other_forms if word in written]


def test_attributes_are_balanced_across_looks() -> None:
    """A model must not be able to guess the look from the theme: no pair is more than twice as common as another."""
    fields = {
        field: ITEM_TRUTH.filter(pl.col("attribute").str.starts_with(f"{field}:")).rename({"attribute": field})
        for field in ("look", "theme")
    }
    pairs = fields["look"].join(fields["theme"], on="item_id").group_by("look", "theme").len()
    assert pairs.height == 16
    assert pairs["len"].to_numpy().max() <= 2 * pairs["len"].to_numpy().min()
