"""Feature and label stages on the committed shop: an item a row, labels that sum, nothing later leaks in."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import timm
import torch
from PIL import Image
from prepared_shop import SHOP, label_shop, prepare_shop
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, BertTokenizer

from explainrec_models.data import schema
from explainrec_models.data.features import read_features
from explainrec_models.data.outputs import write_json
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.stages.image_features import image_features
from explainrec_models.stages.text_features import item_text, text_features


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared tables of the committed shop, two tiny random encoders, and the three stages run over them."""
    root = tmp_path_factory.mktemp("shop")
    prepare_shop(root)
    write_image_encoder(root / "image_encoder")
    write_text_encoder(root / "text_encoder")
    image_features(root / "image", prepared=root / "prepared", raw=SHOP, encoder=root / "image_encoder")
    text_features(root / "text", prepared=root / "prepared", encoder=root / "text_encoder")
    run_labels(root, root / "labels")
    return root


def write_image_encoder(out: Path) -> None:
    out.mkdir()
    torch.manual_seed(0)
    save_file(timm.create_model("test_efficientnet").state_dict(), out / "model.safetensors")
    write_json(out / "config.json", {"architecture": "test_efficientnet"})
    write_json(out / "report.json", {"name": "tiny"})


def write_text_encoder(out: Path) -> None:
    out.mkdir()
    (out / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "mug", "lamp", "nautical"]))
    BertTokenizer(str(out / "vocab.txt")).save_pretrained(out)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(config).save_pretrained(out)
    write_json(out / "report.json", {"name": "tiny"})


def run_labels(root: Path, out: Path) -> None:
    label_shop(root, out, looks=6)


def items(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "prepared/items.parquet")


def test_every_item_has_a_row_and_missing_pictures_are_marked(folder: Path) -> None:
    table = items(folder)
    vectors, present = read_features(folder / "image", table[schema.ITEM_ID].to_list(), made_by="image_features")
    has_picture = table[schema.IMAGE].is_not_null().to_numpy()
    assert (present == has_picture).all()
    assert has_picture.sum() == 238
    assert np.abs(vectors[present]).sum(axis=1).min() > 0
    assert not vectors[~present].any()


def test_the_preview_shows_pictures(folder: Path) -> None:
    with Image.open(folder / "image/preview.png") as sheet:
        assert len(sheet.convert("RGB").getcolors(maxcolors=100_000) or []) > 20


def test_texts_join_title_attributes_and_description() -> None:
    item = {schema.TITLE: "Blue Mug", schema.ATTRIBUTES: ["theme:nautical", "store:Quay"], schema.TEXT: "Holds tea."}
    assert item_text(item) == "Blue Mug. nautical, Quay. Holds tea."
    assert item_text({schema.TITLE: None, schema.ATTRIBUTES: None, schema.TEXT: None}) == ""


def test_contributions_of_every_label_sum_to_its_score(folder: Path) -> None:
    labels = pl.read_parquet(folder / "labels/labels.parquet")
    sums = labels.group_by(schema.EXAMPLE_ID).agg(pl.col(schema.CONTRIBUTION).sum(), pl.col(schema.SCORE).first())
    np.testing.assert_allclose(sums[schema.CONTRIBUTION], sums[schema.SCORE], atol=1e-5)
    assert json.loads((folder / "labels/report.json").read_text())["largest_gap"] < 1e-5


def test_every_label_has_one_prior_and_at_most_the_history_length(folder: Path) -> None:
    labels = pl.read_parquet(folder / "labels/labels.parquet")
    counts = labels.group_by(schema.EXAMPLE_ID).agg(
        (pl.col(schema.SLOT) == schema.PRIOR).sum().alias("priors"),
        (pl.col(schema.SLOT) == schema.HISTORY).sum().alias("history"),
    )
    assert set(counts["priors"]) == {1}
    assert counts["history"].max() == 10


def test_labels_know_training_rows_only_and_cite_the_past(folder: Path) -> None:
    labels = pl.read_parquet(folder / "labels/labels.parquet")
    train = pl.read_parquet(folder / "prepared/train.parquet")
    keys = [schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP]
    assert labels.select(keys).unique().join(train, on=keys, how="anti").is_empty()
    cited = labels.filter(pl.col(schema.SLOT) == schema.HISTORY).select(
        schema.USER_ID, pl.col(schema.SOURCE).alias(schema.ITEM_ID), pl.col(schema.TIMESTAMP).alias("moment")
    )
    seen = cited.join(train, on=[schema.USER_ID, schema.ITEM_ID], how="left")
    assert (seen[schema.TIMESTAMP] < seen["moment"]).all()


def test_pictures_give_attributes_to_the_teacher(folder: Path) -> None:
    teacher = LinearTeacher.load(folder / "labels/teacher")
    assert {name for name in teacher.attributes if name.startswith("look:")}
    assert {name for name in teacher.attributes if name.startswith("theme:")}


def test_a_held_out_row_changes_no_byte_of_the_labels(folder: Path, tmp_path: Path) -> None:
    """The stage does not even read the held-out tables: with other ones beside it, the output is the same."""
    for name in ("prepared", "image", "text"):
        (tmp_path / name).symlink_to(folder / name)
    run_labels(tmp_path, tmp_path / "labels")
    for path in sorted((folder / "labels").rglob("*")):
        if path.is_file():
            assert (tmp_path / "labels" / path.relative_to(folder / "labels")).read_bytes() == path.read_bytes()
