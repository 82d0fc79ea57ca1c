"""The stage on a few invented items: a row each, what cannot be read counted by reason, the same bytes every time."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from explainrec_models.data import schema
from explainrec_models.data.features import read_features
from explainrec_models.data.outputs import write_json
from explainrec_models.errors import MissingArtefactError
from explainrec_models.stages.image_features import image_features

NAMES = {"mug": "images/mug.jpg", "lamp": None, "page": "images/page.jpg", "hat": "images/hat.png", "pen": "images/pen"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two good pictures, one page of HTML, one name without a file and one item without a picture."""
    generator = np.random.default_rng(4)
    (tmp_path / "raw/images").mkdir(parents=True)
    for name in ("mug.jpg", "hat.png"):
        colours = generator.integers(0, 255, (70, 50, 3), dtype=np.uint8)
        Image.fromarray(colours).save(tmp_path / "raw/images" / name)
    (tmp_path / "raw/images/page.jpg").write_text("<html>404</html>")
    (tmp_path / "prepared").mkdir()
    items = {schema.ITEM_ID: list(NAMES), schema.IMAGE: list(NAMES.values())}
    pl.DataFrame(items).write_parquet(tmp_path / "prepared/items.parquet")
    (tmp_path / "encoder").mkdir()
    torch.manual_seed(0)
    save_file(timm.create_model("test_efficientnet").state_dict(), tmp_path / "encoder/model.safetensors")
    write_json(tmp_path / "encoder/config.json", {"architecture": "test_efficientnet"})
    write_json(tmp_path / "encoder/report.json", {"name": "tiny"})
    return tmp_path


@pytest.fixture(autouse=True)
def torch_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(shop: Path, out: str = "out") -> Path:
    image_features(shop / out, prepared=shop / "prepared", raw=shop / "raw", encoder=shop / "encoder")
    return shop / out


def test_a_row_an_item_and_a_reason_for_each_gap(shop: Path) -> None:
    out = run(shop)
    vectors, present = read_features(out, list(NAMES), made_by="image_features")
    assert present.tolist() == [True, False, False, True, False]
    assert np.abs(vectors[present]).sum(axis=1).min() > 0
    assert json.loads((out / "report.json").read_text()) == {
        "items": 5,
        "pictures": 4,
        "unreadable": 2,
        "reasons": {"no such file": 1, "not a picture of a known format": 1},
        "examples": {"no such file": "images/pen", "not a picture of a known format": "images/page.jpg"},
        "width": vectors.shape[1],
        "encoder": "tiny",
    }
    assert sorted(path.name for path in out.iterdir()) == ["features.parquet", "preview.png", "report.json"]


def test_the_bytes_are_the_same_whatever_the_threads(shop: Path) -> None:
    torch.set_num_threads(1)
    first = run(shop, "first")
    torch.set_num_threads(3)
    second = run(shop, "second")
    for path in first.iterdir():
        assert (second / path.name).read_bytes() == path.read_bytes()


def test_no_item_with_a_picture_makes_placeholders(shop: Path) -> None:
    items = pl.DataFrame(
        {schema.ITEM_ID: ["a"], schema.IMAGE: [None]}, schema={schema.ITEM_ID: pl.String, schema.IMAGE: pl.String}
    )
    items.write_parquet(shop / "prepared/items.parquet")
    out = run(shop)
    _, present = read_features(out, ["a"], made_by="image_features")
    assert present.tolist() == [False]
    assert not (out / "preview.png").exists()


def test_an_encoder_that_is_not_there_leaves_the_earlier_output(shop: Path) -> None:
    out = run(shop)
    (shop / "encoder/report.json").unlink()
    with pytest.raises(MissingArtefactError, match="The stage 'pretrained@image_encoder' writes it"):
        run(shop)
    assert (out / "features.parquet").is_file()
    assert not list(shop.glob(".out*"))
