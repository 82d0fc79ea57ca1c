"""BERTScore: words matched by the cosine of their contextual vectors.

Zhang et al., "BERTScore: Evaluating Text Generation with BERT" (ICLR 2020, arXiv 1904.09675), equations of section 3:
each token is matched greedily with the most similar token of the other text,

P = mean over generated tokens of max_j cos, R = mean over reference tokens of max_i cos, F = 2PR / (P + R);
rescaled by a baseline b, if one is given: (s - b) / (1 - b).

What differs from the ``bert-score`` package: no idf weights, special tokens take no part at all (there they count
nothing but may be matched), and neither a layer nor a baseline is tuned for a model, so that figures compare only
where model, layer and baseline are equal. ``record`` names them, for the table.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explainrec_models.evaluation.explanation.evidence import Numbers

MAX_TOKENS = 512
_BATCH = 32


class BertScorer:
    """A frozen encoder from a local Hugging Face folder."""

    def __init__(self, folder: Path, *, layer: int = -1, baseline: float | None = None) -> None:
        """Load it.

        Args:
            folder: configuration, safetensors and tokenizer.
            layer: whose states are compared; 0 are the embeddings, -1 is the last.
            baseline: mean score of unrelated texts with this model and layer.
        """
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder, use_safetensors=True).eval()
        self._name, self._layer, self._baseline = folder.name, layer, baseline
        self._cut = 0

    def record(self) -> dict[str, Any]:
        """Return what a figure depends on, and how many texts so far were longer than 512 tokens and cut."""
        config = self._model.config
        layers = int(config.num_hidden_layers)
        return {
            "model": self._name,
            "architecture": str(config.model_type),
            "layers": layers,
            "layer": self._layer if self._layer >= 0 else layers + 1 + self._layer,
            "baseline": self._baseline,
            "cut_texts": self._cut,
        }

    def score(self, generated: Sequence[str], references: Sequence[str]) -> Numbers:
        """Return precision, recall and F of each pair (N, 3); 0 where a text has no token."""
        texts = self._vectors([*generated, *references])
        pairs = zip(texts[: len(generated)], texts[len(generated) :], strict=True)
        rows = np.array([matched(text, reference) for text, reference in pairs]).reshape(-1, 3)
        return rows if self._baseline is None else (rows - self._baseline) / (1 - self._baseline)

    def _vectors(self, texts: Sequence[str]) -> list[NDArray[np.float64]]:
        """Return unit vectors of each text's tokens (T, D), without special ones."""
        vectors: list[NDArray[np.float64]] = [np.empty((0, 0))] * len(texts)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            for place, states in zip(places, self._batch([texts[place] for place in places]), strict=True):
                vectors[place] = states
        return vectors

    def _batch(self, texts: list[str]) -> list[NDArray[np.float64]]:
        import torch

        lengths = [len(ids) for ids in self._tokenizer(texts)["input_ids"]]
        self._cut += sum(length > MAX_TOKENS for length in lengths)
        tokens = self._tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        special = tokens.pop("special_tokens_mask").bool().numpy()
        if not tokens["attention_mask"].any():
            return [np.empty((0, 0)) for _ in texts]
        with torch.inference_mode():
            states = self._model(**tokens, output_hidden_states=True).hidden_states[self._layer].double().numpy()
        kept = tokens["attention_mask"].bool().numpy() & ~special
        return [_unit(rows[mask]) for rows, mask in zip(states, kept, strict=True)]


def matched(text: NDArray[np.float64], reference: NDArray[np.float64]) -> tuple[float, float, float]:
    """Match unit vectors (T, D) and (T', D) greedily; precision, recall and F, all 0 where a side is empty."""
    if not len(text) or not len(reference):
        return 0.0, 0.0, 0.0
    cosines = text @ reference.T
    precision, recall = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))
