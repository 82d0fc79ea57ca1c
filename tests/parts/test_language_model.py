"""Strict loading: a tensor too few or too many is an error, and the machine's wishes are obeyed or refused."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_model import write_tiny_language_model

from explainrec_models.errors import DataError, MissingArtefactError, ParamsError
from explainrec_models.parts import language_model
from explainrec_models.parts.language_model import (
    convert_gguf,
    limit_threads,
    load_language_model,
    machine_device,
    machine_precision,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_language_model(tmp_path / "model")


def test_a_whole_model_loads_ready_to_score(folder: Path) -> None:
    model, tokenizer = load_language_model(folder, precision=torch.float32)
    assert not model.training
    assert model.dtype == torch.float32
    assert tokenizer.encode("Yes") == [tokenizer.vocab["Yes"]]


@pytest.mark.parametrize(("wish", "expected"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_comes_from_the_environment(
    wish: str, expected: torch.dtype, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLAINREC_PRECISION", wish)
    assert load_language_model(folder)[0].dtype == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("avx512f avx512_bf16", torch.bfloat16), ("amx_bf16", torch.bfloat16), ("avx2", torch.float32)],
)
def test_bf16_is_chosen_where_the_processor_multiplies_it(
    flags: str, expected: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = tmp_path / "cpuinfo"
    listing.write_text(f"flags : fpu {flags}\n", encoding="utf-8")
    monkeypatch.setattr(language_model, "_CPU_FLAGS", listing)
    monkeypatch.delenv("EXPLAINREC_PRECISION", raising=False)
    assert machine_precision(torch.device("cpu")) == expected


def test_a_machine_without_a_listing_uses_fp32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "_CPU_FLAGS", tmp_path / "none")
    monkeypatch.delenv("EXPLAINREC_PRECISION", raising=False)
    assert machine_precision(torch.device("cpu")) == torch.float32


def test_unknown_wishes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINREC_DEVICE", "tpu")
    with pytest.raises(ParamsError, match="EXPLAINREC_DEVICE='tpu': expected one of auto, cpu, cuda"):
        machine_device()
    monkeypatch.setenv("EXPLAINREC_THREADS", "many")
    with pytest.raises(ParamsError, match="EXPLAINREC_THREADS='many': expected a positive number"):
        limit_threads()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINREC_DEVICE", "cuda")
    with pytest.raises(ParamsError, match="torch sees no CUDA device"):
        machine_device()


def test_threads_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setenv("EXPLAINREC_THREADS", "1")
    limit_threads()
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)


def test_a_missing_tensor_is_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"tensors 1 missing \(model\.layers\.1\.mlp\.up_proj\.weight"):
        load_language_model(folder)


def test_an_unexpected_tensor_is_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.7.mlp.up_proj.weight"] = torch.zeros(2)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"1 unexpected \(model\.layers\.7\.mlp\.up_proj\.weight"):
        load_language_model(folder)


def test_a_tensor_of_another_shape_is_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"] = torch.ones(5)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"1 of another shape \(.*model\.norm\.weight"):
        load_language_model(folder)


def test_a_folder_without_a_model_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"holds no language model .* The stage 'pretrained' writes it"):
        load_language_model(tmp_path)


def test_weights_in_pickles_only_are_not_read(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(MissingArtefactError, match="holds no language model"):
        load_language_model(folder)


def test_a_gguf_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="expected a GGUF file with the weights of a language model"):
        convert_gguf(tmp_path / "model.gguf", tmp_path / "out")
