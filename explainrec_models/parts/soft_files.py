"""Files of a tuned soft-token model: safetensors for numbers, JSON for names, and scores that prove what is loaded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from explainrec_models.data.outputs import read_json, require, write_json
from explainrec_models.errors import DataError
from explainrec_models.parts.adapter import TOLERANCES, add_adapter
from explainrec_models.parts.catalogue_fit import Counted
from explainrec_models.parts.evidence import FEATURES, Past
from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import MODALITIES, PICTURE, WORDS, ItemSpace
from explainrec_models.parts.language_model import load_language_model
from explainrec_models.parts.prefix_scoring import answer_tokens, encode
from explainrec_models.parts.prototypes import Prototypes
from explainrec_models.parts.reduction import Reduction
from explainrec_models.parts.soft_reading import margins
from explainrec_models.parts.soft_tokens import SoftTokenModel, knowledge

if TYPE_CHECKING:
    from transformers import PreTrainedModel

COUNTS, WEIGHTS, DESCRIPTION = "counts.safetensors", "weights.safetensors", "explainrec.json"
INSTRUCTION = "What a person made of {noun}s, oldest first, Yes for liked and No for not. Will they like the next one?"
ANSWERS = (" Yes", " No")
EFFECTS = ("own", "content", "prior", "trust", "support", "weights", "rated_weights")
REDUCTION = ("centre", "basis", "explained")
KINDS = ("centres", "tastes", "shares")
PROBES = 3
PROBE_ROWS = 8


def build_model(
    counted: Counted,
    config: Mapping[str, Any],
    *,
    language_model: Path,
    noun: str,
    seed: int,
    without_folds: Sequence[Counted] = (),
) -> SoftTokenModel:
    """Return the untuned model around a pretrained language model.

    Args:
        counted: what is known of the catalogue.
        config: settings of the system.
        language_model: folder of pretrained weights.
        noun: what an item is called.
        seed: of what starts at random.
        without_folds: counts without each fold of users, for training rows.
    """
    base, tokenizer = load_language_model(language_model, precision=torch.float32)
    _keep_layers(base, config["layers"])
    adapted = add_adapter(base, rank=config["rank"], alpha=config["alpha"], dropout=config["dropout"], seed=seed)
    everything = [*without_folds, counted]
    known = knowledge(counted.space, [(each.space, each.effects) for each in everything], counted.effects)
    model = SoftTokenModel(
        adapted,
        encode(tokenizer, [INSTRUCTION.format(noun=noun)])[0],
        answer_tokens(tokenizer, ANSWERS),
        known,
        features=len(FEATURES),
        window=config["window"],
        seed=seed,
    )
    return model.to(base.device)


def _keep_layers(model: "PreTrainedModel", layers: int | None) -> None:
    body = cast("Any", model).base_model
    if layers is not None and layers < len(body.layers):
        body.layers = body.layers[:layers]
        model.config.num_hidden_layers = layers


def trained(model: SoftTokenModel) -> dict[str, torch.Tensor]:
    """Return everything that training changed, by name."""
    named = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    named |= {name: buffer for name, buffer in model.named_buffers() if name in ("centre", "spread")}  # type: ignore[misc]
    return {name: named[name].detach().cpu().contiguous() for name in sorted(named)}


def save_soft(
    folder: Path, counted: Counted, model: SoftTokenModel, config: Mapping[str, Any], facts: Mapping[str, Any]
) -> None:
    """Write counts, weights and their description into an existing folder."""
    space, effects = counted.space, counted.effects
    arrays = {f"block.{name}": block for name, block in space.blocks.items()}
    arrays |= {
        f"{part}.{name}": getattr(reduction, part) for name, reduction in space.reductions.items() for part in REDUCTION
    }
    arrays |= {name: getattr(effects, name) for name in EFFECTS}
    arrays |= {f"kinds.{name}": getattr(counted.prototypes, name) for name in KINDS}
    save_file(
        {name: np.ascontiguousarray(array) for name, array in {**arrays, "idf": space.idf}.items()}, folder / COUNTS
    )
    save_file({name: tensor.numpy() for name, tensor in trained(model).items()}, folder / WEIGHTS)
    content = {
        "config": config,
        "facts": facts,
        "items": space.item_ids,
        "vocabulary": space.vocabulary,
        "mean": effects.mean,
        "features": FEATURES,
        "probes": probes(counted, model),
    }
    write_json(folder / DESCRIPTION, content)


def load_soft(
    folder: Path, *, language_model: Path, noun: str, made_by: str
) -> tuple[Counted, SoftTokenModel, dict[str, Any], dict[str, Any]]:
    """Read counts, model, settings and facts.

    Args:
        folder: what ``save_soft`` wrote.
        language_model: folder of the pretrained weights it was tuned on.
        noun: what an item is called.
        made_by: stage to run where there is nothing.

    Raises:
        MissingArtefactError: a file is not there.
        DataError: the weights are others than those that were saved, or score differently.
    """
    content = read_json(folder / DESCRIPTION, made_by=made_by)
    counted = _counted(load_file(require(folder / COUNTS, made_by=made_by)), content)
    model = build_model(counted, content["config"], language_model=language_model, noun=noun, seed=0)
    state = {
        name: torch.from_numpy(array) for name, array in load_file(require(folder / WEIGHTS, made_by=made_by)).items()
    }
    expected = set(trained(model))
    if set(state) != expected or content["features"] != list(FEATURES):
        odd = ", ".join(sorted(expected ^ set(state))[:3]) or "the list of features"
        message = f"{folder}: the tuned weights do not belong to this model ({odd}). Run the stage 'tune' again."
        raise DataError(message)
    model.load_state_dict(state, strict=False)
    model.eval()
    found, saved = np.array(probes(counted, model)), np.array(content["probes"])
    worst = float(np.abs(found - saved).max(initial=0.0))
    if not worst <= TOLERANCES[torch.float32]:
        message = (
            f"{folder}: a probe scores {worst:.4f} away from its score at the end of training; the pretrained weights "
            "or the library have changed. Run the stage 'tune' again."
        )
        raise DataError(message)
    return counted, model, content["config"], content["facts"]


def probes(counted: Counted, model: SoftTokenModel) -> list[float]:
    """Return scores of a few questions about made-up histories."""
    count = len(counted.space.item_ids)
    table = counted.table()
    scores = []
    for number in range(PROBES):
        rows = (np.arange(min(PROBE_ROWS, count)) * (number + 1)) % count
        past = Past(rows.astype(np.intp), (rows % 2).astype(np.float64))
        scores += margins(model, table, past, np.array([number % count], dtype=np.intp)).tolist()
    return scores


def _counted(arrays: Mapping[str, Any], content: Mapping[str, Any]) -> Counted:
    space = ItemSpace(
        tuple(content["items"]),
        tuple(content["vocabulary"]),
        arrays["idf"],
        {name: arrays[f"block.{name}"] for name in MODALITIES},
        {name: Reduction(*(arrays[f"{part}.{name}"] for part in REDUCTION)) for name in (WORDS, PICTURE)},
    )
    effects = {name: arrays[name] for name in EFFECTS}
    kinds = {name: arrays[f"kinds.{name}"] for name in KINDS}
    return Counted(space, ItemEffects(content["mean"], **effects), Prototypes(**kinds))
