"""LoRA adapters, saved with proof that what is loaded later is what was trained.

"LoRA: Low-Rank Adaptation of Large Language Models", Hu et al., ICLR 2022, arXiv 2106.09685. The guard exists because
an adapter can get lost without an error: libraries of different versions have written and read files without a single
LoRA tensor, and an untrained model was evaluated.
"""

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from transformers import PreTrainedModel

from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

# peft asks transformers for an attribute of its older name; nothing that a user could do about it.
warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)

ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_PROOF = "adapter_proof.json"

ScorePrompts = Callable[[PeftModel, Sequence[str]], NDArray[np.float32]]
"""Scores of prompts (N) by an adapted model."""

TOLERANCES = {torch.float32: 2e-3, torch.bfloat16: 0.25}
"""Largest accepted change of a probe's score. fp32 differs between processors by the order of sums; bf16 has 8 bits."""


def add_adapter(
    model: PreTrainedModel,
    *,
    rank: int,
    alpha: float,
    dropout: float,
    seed: int,
    targets: Sequence[str] = ("q_proj", "v_proj"),
    layers: int | None = None,
) -> PeftModel:
    """Freeze a model and put trainable low-rank matrices beside some of its projections.

    The matrices are kept in fp32 whatever the model's precision; the adapted model first computes what the model did.

    Args:
        model: changed in place.
        rank: of the matrices.
        alpha: the product of the matrices is scaled by ``alpha / rank``.
        dropout: on the adapter's input while training.
        seed: of the random start.
        targets: names of the projections.
        layers: how many of the topmost layers get an adapter; None for all.

    Raises:
        ParamsError: the model has no projections of these names.
    """
    depth = int(model.config.num_hidden_layers)
    config = LoraConfig(
        r=rank,
        lora_alpha=cast("int", alpha),
        lora_dropout=dropout,
        target_modules=list(targets),
        layers_to_transform=None if layers is None or layers >= depth else list(range(depth - layers, depth)),
        bias="none",
        task_type="CAUSAL_LM",
    )
    present = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    if not present.issuperset(targets):
        message = (
            f"{type(model).__name__} has no projections named {', '.join(sorted(set(targets) - present))}: LoRA has "
            "nothing to adapt. Choose a language model of the Llama, Qwen or Mistral kind."
        )
        raise ParamsError(message)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        adapted = cast("PeftModel", get_peft_model(model, config))
    # Where the weights lie is the machine's affair: the same adapter must be the same file everywhere.
    adapted.peft_config["default"].base_model_name_or_path = ""
    # A set in peft, whose order in the saved file would change from process to process.
    cast("LoraConfig", adapted.peft_config["default"]).target_modules = sorted(targets)
    return adapted


def adapted_language_model(adapted: PeftModel) -> PreTrainedModel:
    """Return the Hugging Face model inside, whose projections now run through the adapter."""
    return cast("PreTrainedModel", adapted.get_base_model())


def trainable_tensors(adapted: PeftModel) -> dict[str, torch.Tensor]:
    """Return the adapter's tensors by name, detached and on the processor."""
    state = cast("Mapping[str, torch.Tensor]", get_peft_model_state_dict(adapted))
    return {name: state[name].detach().cpu().contiguous() for name in sorted(state)}


def save_adapter(adapted: PeftModel, folder: Path, probes: Sequence[str], score: ScorePrompts) -> None:
    """Write the adapter and the proof of it: digests of its tensors and the scores it gives to probe prompts.

    Args:
        adapted: the tuned model, merged as it will be after loading.
        folder: existing folder.
        probes: a few prompts.
        score: how the system scores prompts.
    """
    # Reads the shapes of embeddings from a hub unless told that they are unchanged.
    adapted.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    proof = {
        "tensors": {name: _digest(tensor) for name, tensor in trainable_tensors(adapted).items()},
        "probes": [[prompt, float(value)] for prompt, value in zip(probes, score(adapted, probes), strict=True)],
        "precision": _precision_name(adapted),
    }
    write_json(folder / ADAPTER_PROOF, proof)


def load_adapter(model: PreTrainedModel, folder: Path, score: ScorePrompts) -> PeftModel:
    """Merge a saved adapter into a model and check that it is the one that was trained.

    Args:
        model: the pretrained model, changed in place.
        folder: what ``save_adapter`` wrote.
        score: how the system scores prompts.

    Raises:
        MissingArtefactError: there is no adapter in the folder.
        DataError: tensors are missing, altered or zero, or the probes get other scores than at the end of training.
    """
    for name in ("adapter_config.json", ADAPTER_WEIGHTS, ADAPTER_PROOF):
        if not (folder / name).is_file():
            message = (
                f"{folder / name} is not there, so there is no trained adapter to load. Run the stage 'tune' again."
            )
            raise MissingArtefactError(message)
    proof = read_json(folder / ADAPTER_PROOF)
    adapted = PeftModel.from_pretrained(model, str(folder), is_trainable=False, use_safetensors=True)
    _require_tensors(folder, trainable_tensors(adapted), proof["tensors"])
    merge_adapter(adapted)
    _require_scores(folder, adapted, proof, score)
    return adapted


def merge_adapter(adapted: PeftModel) -> None:
    """Add the adapter into the weights, which makes scoring a fifth faster; the adapter itself can still be saved.

    In bf16 the sum is rounded to 8 bits and scores move as much as between two orders of the same sums; in fp32 they
    stay.
    """
    adapted.eval()
    if not any(getattr(layer, "merged", False) for layer in adapted.modules()):
        adapted.merge_adapter()


def _require_tensors(folder: Path, found: Mapping[str, torch.Tensor], expected: Mapping[str, str]) -> None:
    digests = {name: _digest(tensor) for name, tensor in found.items()}
    wrong = sorted(name for name in expected if digests.get(name) != expected[name])
    stray = sorted(digests.keys() - expected.keys())
    outputs = [tensor for name, tensor in found.items() if "lora_B" in name]
    if not expected or not outputs or wrong or stray:
        some = ", ".join((wrong or stray)[:3]) or "no lora_B at all"
        problem = (
            f"{len(expected)} LoRA tensors were saved, {len(wrong)} of them are missing or differ after loading and "
            f"{len(stray)} were not expected ({some})"
        )
    elif not any(bool(tensor.any()) for tensor in outputs):
        problem = f"all {len(outputs)} lora_B tensors are zero, so the adapter changes nothing"
    else:
        return
    raise DataError(_not_the_trained_one(folder, problem))


def _require_scores(folder: Path, adapted: PeftModel, proof: Mapping[str, Any], score: ScorePrompts) -> None:
    prompts = [prompt for prompt, _ in proof["probes"]]
    expected = np.array([value for _, value in proof["probes"]], dtype=np.float32)
    found = score(adapted, prompts)
    exact = proof["precision"] == _precision_name(adapted) == "float32"
    tolerance = TOLERANCES[torch.float32 if exact else torch.bfloat16]
    worst = float(np.max(np.abs(found - expected), initial=0.0))
    if not worst <= tolerance:
        problem = (
            f"a probe prompt scores {worst:.4f} away from its score at the end of training (at most {tolerance} is "
            "rounding); the pretrained weights or the library have changed"
        )
        raise DataError(_not_the_trained_one(folder, problem))


def _not_the_trained_one(folder: Path, problem: str) -> str:
    return f"{folder}: the adapter that scores is not the one that was trained: {problem}. Run the stage 'tune' again."


def _digest(tensor: torch.Tensor) -> str:
    return hashlib.sha256(tensor.float().numpy().tobytes()).hexdigest()


def _precision_name(adapted: PeftModel) -> str:
    return str(adapted_language_model(adapted).dtype).removeprefix("torch.")
