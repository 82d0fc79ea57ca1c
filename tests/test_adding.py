"""Adding a dataset: a look at the files, cuts chosen, params.yaml written only if all is well."""

import json
import shutil
from pathlib import Path

import pytest

from explainrec_models.adding import Wishes, add
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError, UnknownNameError
from explainrec_models.params import load_params

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "data/sample/shop"
MUGS = Request(files={"reviews": SHOP / "Mugs.jsonl", "meta": SHOP / "meta_Mugs.jsonl"})


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml"))


def test_a_category_is_registered_with_cuts_inside_its_span(params: Path) -> None:
    added = add(Wishes("amazon-2023", "Mugs", MUGS), params)
    assert (added.key, added.rows) == ("mugs", 3449)
    source = load_params(params).source("mugs")
    assert source.noun == "product"
    assert source.categories == ("Mugs",)
    assert source.split.valid_from is not None
    assert source.split.test_from is not None
    assert "2021-01-01" < source.split.valid_from < source.split.test_from < "2023-01-01"
    assert added.dropped == {"repeated_reviews": 1}


def test_wishes_of_the_command_line_are_kept(params: Path) -> None:
    wishes = Wishes("amazon-2023", "Mugs", MUGS, key="cups", noun="cup", like_threshold=4.5, recipe="leave-one-out")
    add(wishes, params)
    source = load_params(params).source("cups")
    assert (source.noun, source.like_threshold, source.split.recipe) == ("cup", 4.5, "leave-one-out")
    assert source.split.valid_from is None


def test_a_table_of_ones_own_without_times_is_cut_by_user(params: Path, tmp_path: Path) -> None:
    rows = [f"{user},{item}\n" for user in range(30) for item in range(5)]
    (tmp_path / "events.csv").write_text("customer,sku\n" + "".join(rows))
    columns = {"user_id": "customer", "item_id": "sku"}
    add(Wishes("table", "Own Shop", Request(location=Path("events.csv"), columns=columns)), params)
    source = load_params(params).source("own-shop")
    assert source.location == "events.csv"
    assert source.split.recipe == "leave-one-out"
    assert source.like_threshold == 1


def test_wrong_files_leave_params_as_they_were(params: Path, tmp_path: Path) -> None:
    before = params.read_bytes()
    swapped = Request(files={"reviews": SHOP / "meta_Mugs.jsonl"})
    with pytest.raises(DataError, match=r"line 1, byte 0: found .* Read from the beginning of .*meta_Mugs\.jsonl"):
        add(Wishes("amazon-2023", "Mugs", swapped), params)
    with pytest.raises(MissingArtefactError, match="nowhere is not there"):
        add(Wishes("movielens", "films", Request(location=tmp_path / "nowhere")), params)
    with pytest.raises(UnknownNameError, match=r"unknown layout 'movie-lens'\. Nearest known: movielens"):
        add(Wishes("movie-lens", "films", Request()), params)
    with pytest.raises(ParamsError, match="has a dataset 'ml-100k' already"):
        add(Wishes("amazon-2023", "Mugs", MUGS, key="ml-100k"), params)
    assert params.read_bytes() == before


def test_an_empty_file_has_no_rating(params: Path, tmp_path: Path) -> None:
    (tmp_path / "Mugs.jsonl").write_text("")
    with pytest.raises(DataError, match="hold no usable rating"):
        add(Wishes("amazon-2023", "Mugs", Request(files={"reviews": tmp_path / "Mugs.jsonl"})), params)


def test_ratings_of_one_day_need_cuts_from_the_user(params: Path, tmp_path: Path) -> None:
    review = {"rating": 5, "timestamp": 1_600_000_000_000}
    lines = [json.dumps({**review, "user_id": f"u{n}", "parent_asin": f"i{n}"}) for n in range(20)]
    (tmp_path / "Mugs.jsonl").write_text("\n".join(lines) + "\n")
    request = Request(files={"reviews": tmp_path / "Mugs.jsonl"})
    with pytest.raises(ParamsError, match="too close together to choose two cuts"):
        add(Wishes("amazon-2023", "Mugs", request), params)
    days = {"valid_from": "2020-09-13", "test_from": "2020-09-14"}
    add(Wishes("amazon-2023", "Mugs", request, **days), params)  # type: ignore[arg-type]
    assert load_params(params).source("mugs").split.valid_from == days["valid_from"]
