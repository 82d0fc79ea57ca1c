from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file

from explainrec_models.errors import DataError
from explainrec_models.parts.timm_weights import convert_pickled_weights

ARCHITECTURE = "tf_efficientnet_lite0"


@pytest.fixture(scope="module")
def foreign() -> dict[str, torch.Tensor]:
    """Timm's own tensors under another implementation's names."""
    torch.manual_seed(0)
    state = timm.create_model(ARCHITECTURE, pretrained=False).state_dict()
    return {f"_layer{number}.{name.rpartition('.')[2]}": tensor for number, (name, tensor) in enumerate(state.items())}


def test_renames_by_order_and_keeps_every_value(foreign: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save(foreign, tmp_path / "model.pth")
    convert_pickled_weights(tmp_path / "model.pth", tmp_path / "model.safetensors", architecture=ARCHITECTURE)
    renamed = load_file(tmp_path / "model.safetensors")
    timm.create_model(ARCHITECTURE, pretrained=False).load_state_dict(renamed, strict=True)
    assert torch.equal(renamed["conv_stem.weight"], foreign["_layer0.weight"])
    assert torch.equal(renamed["classifier.bias"], list(foreign.values())[-1])


def test_refuses_another_number_of_tensors(foreign: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save(dict(list(foreign.items())[:-1]), tmp_path / "model.pth")
    with pytest.raises(DataError, match="holds 295 tensors, timm's tf_efficientnet_lite0 has 296"):
        convert_pickled_weights(tmp_path / "model.pth", tmp_path / "out", architecture=ARCHITECTURE)


def test_refuses_tensors_in_another_order(foreign: dict[str, torch.Tensor], tmp_path: Path) -> None:
    names = list(foreign)
    names[1], names[3] = names[3], names[1]
    torch.save({name: foreign[name] for name in names}, tmp_path / "model.pth")
    with pytest.raises(DataError, match=r"_layer3\.running_mean \(32,\) cannot be bn1\.weight \(32,\)"):
        convert_pickled_weights(tmp_path / "model.pth", tmp_path / "out", architecture=ARCHITECTURE)
    assert not (tmp_path / "out").exists()


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("harmed"),)  # type: ignore[return-value]


def test_a_pickle_that_runs_code_is_refused_unrun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": _Harmful()}, tmp_path / "model.pth")
    with pytest.raises(DataError, match="not a file of tensors alone") as caught:
        convert_pickled_weights(tmp_path / "model.pth", tmp_path / "out", architecture=ARCHITECTURE)
    assert "Unsupported global" in str(caught.value.__cause__)
    assert not (tmp_path / "harmed").exists()
