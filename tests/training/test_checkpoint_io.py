"""Checkpoints come back as they went, and never as code."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from explainrec_models.errors import DataError
from explainrec_models.training.checkpoint_io import SafetensorsCheckpointIO

CHECKPOINT: dict[str, Any] = {
    "epoch": 3,
    "state_dict": {"a.lora_A": torch.tensor([[1.5, -0.1]]), "half": torch.ones(2, dtype=torch.bfloat16)},
    "optimizer_states": [
        {
            "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.arange(4.0).reshape(2, 2).T}},
            "param_groups": [{"lr": 0.1 + 0.2, "betas": (0.9, 0.999), "params": [0], "fused": None}],
        }
    ],
    "lists": [[], (), {}, [True, float("-inf"), "text"]],
}


def same(left: Any, right: Any) -> bool:
    """Equal in kind and value, tensors to the bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, torch.Tensor):
        return left.dtype == right.dtype and torch.equal(left, right)
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def test_a_checkpoint_comes_back_as_it_went(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last.safetensors"
    SafetensorsCheckpointIO().save_checkpoint(CHECKPOINT, path)
    assert same(SafetensorsCheckpointIO().load_checkpoint(path), CHECKPOINT)
    assert [file.name for file in path.parent.iterdir()] == ["last.safetensors"]


def test_shared_memory_is_saved_twice_not_refused(tmp_path: Path) -> None:
    tensor = torch.arange(3.0)
    checkpoint = {"a": tensor, "b": tensor, "part": tensor[1:]}
    SafetensorsCheckpointIO().save_checkpoint(checkpoint, tmp_path / "c")
    assert same(SafetensorsCheckpointIO().load_checkpoint(tmp_path / "c"), checkpoint)


def test_a_checkpoint_can_be_removed(tmp_path: Path) -> None:
    SafetensorsCheckpointIO().save_checkpoint({"a": 1}, tmp_path / "c")
    SafetensorsCheckpointIO().remove_checkpoint(tmp_path / "c")
    SafetensorsCheckpointIO().remove_checkpoint(tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_objects_are_refused_by_place(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"checkpoint\.callbacks\.path is a PosixPath: a checkpoint holds tensors"):
        SafetensorsCheckpointIO().save_checkpoint({"callbacks": {"path": tmp_path}}, tmp_path / "c")


@pytest.mark.parametrize("kind", ["pickle", "cut off", "weights only", "missing"])
def test_other_files_are_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "c"
    if kind == "pickle":
        path.write_bytes(pickle.dumps(CHECKPOINT["epoch"]))
    elif kind == "cut off":
        SafetensorsCheckpointIO().save_checkpoint(CHECKPOINT, path)
        path.write_bytes(path.read_bytes()[:-5])
    elif kind == "weights only":
        save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(DataError, match=r"is not a checkpoint of this project .* Delete it to train from"):
        SafetensorsCheckpointIO().load_checkpoint(path)
