import json
from pathlib import Path

import pytest

from explainrec_models.data.downloads import file_digest
from explainrec_models.data.loading import read_raw
from explainrec_models.data.request import Request, request_of
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError
from explainrec_models.params import load_params
from explainrec_models.stages.fetch import fetch

REVIEW = {"rating": 5, "parent_asin": "M1", "user_id": "u1", "timestamp": 1_600_000_000_000}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "M1.png").write_bytes(b"picture")
    (folder / "Mugs.jsonl").write_text(json.dumps(REVIEW))
    (folder / "meta_Mugs.jsonl").write_text(json.dumps({"parent_asin": "M1", "title": "Mug"}))
    return folder


def test_writes_the_files_and_says_what_they_are(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "raw" / "shop"
    report = fetch(
        out,
        key="shop",
        layout="amazon-2023",
        cache=Path("unused"),
        request=Request(location=shop, categories=("Mugs",)),
    )
    assert json.loads((out / "report.json").read_text()) == report.summary()
    assert report.origin == "local folder"
    assert report.files == {
        name: {"sha256": file_digest(shop / name), "size": (shop / name).stat().st_size}
        for name in ("Mugs.jsonl", "meta_Mugs.jsonl")
    }
    assert report.pictures == 1
    assert read_raw(out, layout="amazon-2023", request=Request(categories=("Mugs",))).items["image"].to_list() == [
        "images/M1.png"
    ]


def test_equal_inputs_give_equal_reports_and_a_changed_picture_another(shop: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    first, second = (
        fetch(
            out,
            key="shop",
            layout="amazon-2023",
            cache=Path("unused"),
            request=Request(location=shop, categories=("Mugs",)),
        )
        for out in outs[:2]
    )
    assert first == second
    (shop / "images" / "M1.png").write_bytes(b"another")
    third = fetch(
        outs[2],
        key="shop",
        layout="amazon-2023",
        cache=Path("unused"),
        request=Request(location=shop, categories=("Mugs",)),
    )
    assert third.pictures_sha256 != first.pictures_sha256
    assert third.files == first.files


def test_a_failed_fetch_leaves_the_earlier_folder(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "raw"
    fetch(
        out,
        key="shop",
        layout="amazon-2023",
        cache=Path("unused"),
        request=Request(location=shop, categories=("Mugs",)),
    )
    before = sorted(path.name for path in out.iterdir())
    with pytest.raises(MissingArtefactError, match="no file for category Lamps"):
        fetch(
            out,
            key="shop",
            layout="amazon-2023",
            cache=Path("unused"),
            request=Request(location=shop, categories=("Mugs", "Lamps")),
        )
    assert sorted(path.name for path in out.iterdir()) == before


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"unknown layout 'movielense'\. Nearest known: movielens"):
        fetch(tmp_path / "raw", key="films", layout="movielense", cache=Path("unused"), request=Request())


def test_a_pin_that_does_not_fit_names_both_values_and_writes_nothing(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "raw"
    facts = fetch(
        tmp_path / "first",
        key="shop",
        layout="amazon-2023",
        cache=Path("unused"),
        request=Request(location=shop, categories=("Mugs",)),
    )
    with pytest.raises(
        DataError, match=rf"has sha256 {facts.sha256}, but sources\.shop\.sha256 in params\.yaml expects beef"
    ):
        fetch(
            out,
            key="shop",
            layout="amazon-2023",
            cache=Path("unused"),
            request=Request(location=shop, categories=("Mugs",)),
            sha256="beef",
        )
    assert not out.exists()


def test_the_pin_of_the_sample_shop_fits_the_committed_files(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    source = load_params(root / "params.yaml").source("sample-shop")
    assert source.sha256 is not None
    fetch(
        tmp_path / "raw",
        key="sample-shop",
        layout=source.layout,
        cache=Path("unused"),
        request=request_of(source.model_copy(update={"location": str(root / str(source.location))})),
        sha256=source.sha256,
    )
