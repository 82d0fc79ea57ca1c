"""Datasets side by side: ids of one part are never those of another."""

import json
from pathlib import Path

import pytest

from explainrec_models.data import schema
from explainrec_models.data.loading import read_raw
from explainrec_models.data.request import Request
from explainrec_models.data.sources import combined
from explainrec_models.errors import ParamsError


@pytest.fixture
def request_for(tmp_path: Path) -> Request:
    movies, shop = tmp_path / "movies", tmp_path / "shop"
    movies.mkdir()
    (movies / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,7,0.5,900000000\n1,8,4.0,900000001\n")
    (movies / "movies.csv").write_text('movieId,title,genres\n7,"Film, The (1990)",Drama\n8,Other (1991),Comedy\n')
    (shop / "images").mkdir(parents=True)
    review = {"rating": 5, "parent_asin": "7", "user_id": "1", "timestamp": 1_600_000_000_000}
    bare = {**review, "parent_asin": "9"}
    (shop / "Mugs.jsonl").write_text(json.dumps(review) + "\n" + json.dumps(bare) + "\n")
    (shop / "meta_Mugs.jsonl").write_text(json.dumps({"parent_asin": "7", "title": "Mug"}) + "\n")
    (shop / "images" / "7.png").write_bytes(b"picture")
    return Request(
        parts={
            "movies": ("movielens", Request(location=movies)),
            "shop": ("amazon-2023", Request(location=shop, categories=("Mugs",))),
        }
    )


def test_parts_become_categories_and_ids_stay_apart(request_for: Request, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    facts = combined.fetch(raw, request_for)
    assert facts["origin"].startswith("movies: ")
    tables = read_raw(raw, layout="combined", request=request_for)
    assert tables.interactions[schema.USER_ID].to_list() == ["movies:1", "movies:1", "shop:1", "shop:1"]
    items = {row[schema.ITEM_ID]: row for row in tables.items.iter_rows(named=True)}
    assert {item: row[schema.CATEGORY] for item, row in items.items()} == {
        "movies:7": "movies",
        "movies:8": "movies",
        "shop:7": "shop",
        "shop:9": "shop",
    }
    assert items["shop:7"][schema.IMAGE] == "shop/images/7.png"
    assert items["movies:7"][schema.IMAGE] is None
    assert items["shop:9"][schema.TITLE] == "shop:9"
    assert tables.dropped["shop_items_without_metadata"] == 1
    assert tables.scale == (0.5, 5)


def test_one_part_is_no_combination(request_for: Request, tmp_path: Path) -> None:
    alone = Request(parts=dict(list(request_for.parts.items())[:1]))
    with pytest.raises(ParamsError, match=r"at least two `parts:` in params\.yaml, found 1"):
        combined.fetch(tmp_path, alone)
    with pytest.raises(ParamsError, match="layout combined has no `location:`"):
        combined.fetch(tmp_path, Request(location=tmp_path, parts=request_for.parts))
