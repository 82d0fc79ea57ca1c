"""A described item is encoded as the stages encode the catalogue's, and what cannot be used is refused in words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from asked_project import SYSTEMS, overlap_among_systems
from invented import corpus
from PIL import Image
from shop_project import write_shop_project

from explainrec_models.asking.described_item import Description, encode_item, require_new_items
from explainrec_models.data import schema
from explainrec_models.data.features import read_features
from explainrec_models.data.paths import Paths
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError
from explainrec_models.stages.image_features import image_features
from explainrec_models.stages.text_features import text_features


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    root = tmp_path_factory.mktemp("models")
    write_shop_project(root)
    return Paths(root / "data")


@pytest.fixture
def overlap(tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "systems"
    folder.mkdir()
    with overlap_among_systems(folder):
        yield


def picture(folder: Path) -> Path:
    path = folder / "lamp.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return path


def test_its_vectors_are_those_that_the_stages_give_the_same_item(paths: Paths, tmp_path: Path) -> None:
    described = Description("Mug and lamp", "nautical", ("genre:Drama",), picture(tmp_path))
    item = encode_item(paths, described, known=())
    row = {
        schema.ITEM_ID: "x",
        schema.TITLE: "Mug and lamp",
        schema.ATTRIBUTES: ["genre:Drama"],
        schema.TEXT: "nautical",
        schema.IMAGE: "lamp.png",
        schema.CATEGORY: "",
    }
    (tmp_path / "prepared").mkdir()
    pl.DataFrame([row], schema=corpus().items.schema).write_parquet(tmp_path / "prepared/items.parquet")
    prepared = tmp_path / "prepared"
    text_features(tmp_path / "text", prepared=prepared, encoder=paths.pretrained("text_encoder"))
    image_features(tmp_path / "image", prepared=prepared, raw=tmp_path, encoder=paths.pretrained("image_encoder"))
    for vector, kind in ((item.text_vector, "text"), (item.image_vector, "image")):
        expected, present = read_features(tmp_path / kind, ["x"], made_by=kind)
        assert present.all()
        assert vector is not None
        np.testing.assert_allclose(vector, expected[0], atol=1e-6)


def test_without_a_picture_there_is_no_image_vector_and_the_id_is_free(paths: Paths) -> None:
    item = encode_item(paths, Description("Mug"), known={"new-item"})
    assert item.image_vector is None
    assert item.item_id == "new-item+"
    assert (item.text, item.attributes) == ("", ())


def test_pictures_that_cannot_be_used_are_refused_with_the_reason(paths: Paths, tmp_path: Path) -> None:
    broken = tmp_path / "notes.png"
    broken.write_text("no picture", encoding="utf-8")
    with pytest.raises(DataError, match=r"--new-item-picture .*notes\.png cannot be used: not a picture .*JPEG, PNG"):
        encode_item(paths, Description("Mug", picture=broken), known=())
    with pytest.raises(DataError, match=r"absent\.png cannot be used: no such file\. Expected a picture"):
        encode_item(paths, Description("Mug", picture=tmp_path / "absent.png"), known=())
    cut = tmp_path / "cut.png"
    cut.write_bytes(picture(tmp_path).read_bytes()[:200])
    with pytest.raises(DataError, match=r"cut\.png cannot be used: damaged or cut short"):
        encode_item(paths, Description("Mug", picture=cut), known=())


def test_titles_and_attributes_have_a_form(paths: Paths) -> None:
    with pytest.raises(ParamsError, match="--new-item-title is empty"):
        encode_item(paths, Description(" "), known=())
    with pytest.raises(
        ParamsError, match=r"--new-item-attribute 'Drama' is not of the form field:value, such as genre:"
    ):
        encode_item(paths, Description("Mug", attributes=("Drama",)), known=())


def test_an_encoder_that_is_not_there_is_named_by_its_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="The stage 'pretrained@text_encoder' writes it"):
        encode_item(Paths(tmp_path), Description("Mug"), known=())


@pytest.mark.usefixtures("overlap")
def test_systems_that_take_no_new_items_name_those_that_do() -> None:
    require_new_items("overlap", SYSTEMS)
    with pytest.raises(ParamsError, match=r"ease cannot be asked about a new item: .* these do: --system overlap\."):
        require_new_items("ease", SYSTEMS)
    with pytest.raises(ParamsError, match=r"None of the listed systems does\."):
        require_new_items("ease", ["ease", "rates"])
