"""An adapter that is lost, altered or put onto other weights is refused."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from peft import PeftModel
from safetensors.torch import load_file, save_file
from tiny_model import write_tiny_language_model
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel

from explainrec_models.errors import DataError, MissingArtefactError, ParamsError
from explainrec_models.parts.adapter import (
    ADAPTER_PROOF,
    ADAPTER_WEIGHTS,
    adapted_language_model,
    add_adapter,
    load_adapter,
    merge_adapter,
    save_adapter,
    trainable_tensors,
)
from explainrec_models.parts.language_model import load_language_model

PROBES = ["Liked movies: Alien", "Disliked movies: Heat. Answer:"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


def fresh(base: Path) -> PreTrainedModel:
    return load_language_model(base, precision=torch.float32)[0]


def score(adapted: PeftModel, prompts: Sequence[str]) -> NDArray[np.float32]:
    """A stand-in for a system's scoring: logits of two tokens behind bytes taken as tokens."""
    model = adapted_language_model(adapted)
    with torch.inference_mode():
        rows = [model(input_ids=torch.tensor([list(prompt.encode())])).logits[0, -1, :2] for prompt in prompts]
    return np.array([float(row[0] - row[1]) for row in rows], dtype=np.float32)


def trained(base: Path) -> PeftModel:
    adapted = add_adapter(fresh(base), rank=4, alpha=8, dropout=0.05, seed=1).eval()
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.normal_(generator=torch.Generator().manual_seed(len(name)))
    merge_adapter(adapted)
    return adapted


@pytest.fixture
def saved(base: Path, tmp_path: Path) -> Path:
    save_adapter(trained(base), tmp_path, PROBES, score)
    return tmp_path


def test_a_new_adapter_changes_no_score_and_trains_only_itself(base: Path) -> None:
    adapted = add_adapter(fresh(base), rank=8, alpha=16, dropout=0.05, seed=1)
    plain = fresh(base)
    tokens = torch.tensor([[5, 6, 7]])
    adapted.eval()
    torch.testing.assert_close(adapted(input_ids=tokens).logits, plain(input_ids=tokens).logits, rtol=0, atol=0)
    trainable = [name for name, weight in adapted.named_parameters() if weight.requires_grad]
    assert len(trainable) == 2 * 2 * 2
    assert all("lora_" in name for name in trainable)


def test_the_start_depends_on_the_seed_alone(base: Path) -> None:
    def start(seed: int) -> dict[str, torch.Tensor]:
        torch.rand(3)
        return trainable_tensors(add_adapter(fresh(base), rank=2, alpha=4, dropout=0.0, seed=seed))

    first, again, other = start(1), start(1), start(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_only_the_top_layers_can_be_adapted(base: Path) -> None:
    names = trainable_tensors(add_adapter(fresh(base), rank=2, alpha=4, dropout=0.0, seed=1, layers=1))
    assert {name.split(".layers.")[1][0] for name in names} == {"1"}


def test_what_is_loaded_scores_as_what_was_saved(base: Path, saved: Path) -> None:
    expected = score(trained(base), PROBES)
    np.testing.assert_array_equal(score(load_adapter(fresh(base), saved, score), PROBES), expected)
    assert str(base) not in (saved / "adapter_config.json").read_text(encoding="utf-8")


def test_merging_keeps_the_scores_and_the_adapter(base: Path) -> None:
    adapted = trained(base)
    adapted.unmerge_adapter()
    tokens = torch.tensor([[5, 6, 7]])
    before = adapted(input_ids=tokens).logits
    tensors = trainable_tensors(adapted)
    merge_adapter(adapted)
    merge_adapter(adapted)
    torch.testing.assert_close(adapted(input_ids=tokens).logits, before, rtol=0, atol=1e-4)
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in trainable_tensors(adapted).items())


def test_a_file_without_lora_tensors_is_refused(base: Path, saved: Path) -> None:
    save_file({"unrelated": torch.zeros(1)}, saved / ADAPTER_WEIGHTS)
    with (
        pytest.warns(UserWarning, match="missing adapter keys"),
        pytest.raises(DataError, match="the adapter that scores is not the one that was trained: 8 LoRA tensors were"),
    ):
        load_adapter(fresh(base), saved, score)


def test_one_altered_tensor_is_refused(base: Path, saved: Path) -> None:
    tensors = load_file(saved / ADAPTER_WEIGHTS)
    name = min(tensors)
    tensors[name][0, 0] += 1e-6
    save_file(tensors, saved / ADAPTER_WEIGHTS)
    with pytest.raises(DataError, match=rf"1 of them are missing or differ after loading and 0 .*{re.escape(name)}"):
        load_adapter(fresh(base), saved, score)


def test_an_adapter_that_was_never_trained_is_refused(base: Path, tmp_path: Path) -> None:
    save_adapter(add_adapter(fresh(base), rank=2, alpha=4, dropout=0.0, seed=1).eval(), tmp_path, PROBES, score)
    with pytest.raises(DataError, match="all 4 lora_B tensors are zero, so the adapter changes nothing"):
        load_adapter(fresh(base), tmp_path, score)


def test_other_pretrained_weights_are_refused(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = write_tiny_language_model(tmp_path_factory.mktemp("other"), seed=9)
    with pytest.raises(DataError, match=r"a probe prompt scores \d+\.\d+ away from its score at the end of training"):
        load_adapter(fresh(other), saved, score)


def test_a_score_that_is_no_number_is_refused(base: Path, saved: Path) -> None:
    with pytest.raises(DataError, match="a probe prompt scores nan away"):
        load_adapter(fresh(base), saved, lambda _, prompts: np.full(len(prompts), np.nan, dtype=np.float32))


def test_rounding_is_forgiven_where_precision_is_low(base: Path, saved: Path) -> None:
    proof = json.loads((saved / ADAPTER_PROOF).read_text(encoding="utf-8"))
    proof["precision"] = "bfloat16"
    for probe in proof["probes"]:
        probe[1] += 0.1
    (saved / ADAPTER_PROOF).write_text(json.dumps(proof), encoding="utf-8")
    assert isinstance(load_adapter(fresh(base), saved, score), PeftModel)


def test_a_missing_adapter_names_the_stage(base: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"no trained adapter to load\. Run the stage 'tune' again"):
        load_adapter(fresh(base), tmp_path, score)


def test_a_model_without_these_projections_is_refused() -> None:
    model = GPT2LMHeadModel(GPT2Config(vocab_size=20, n_embd=8, n_layer=1, n_head=2))
    with pytest.raises(ParamsError, match="GPT2LMHeadModel has no projections named q_proj, v_proj"):
        add_adapter(model, rank=2, alpha=4, dropout=0.0, seed=1)
