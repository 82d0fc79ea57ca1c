"""Sentences to unit vectors: mean over token states, as sentence-transformers does for all-MiniLM-L6-v2.

Reimers and Gurevych, "Sentence-BERT" (2019, arXiv 1908.10084), section 3: mean pooling is the default strategy.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

MAX_TOKENS = 256
"""all-MiniLM-L6-v2's ``max_seq_length``."""


class TextEncoder:
    """A frozen Hugging Face encoder with mean pooling and unit length."""

    def __init__(self, folder: Path) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder, use_safetensors=True).eval()

    @property
    def size(self) -> int:
        """Width of an embedding."""
        return int(self._model.config.hidden_size)

    def encode(self, texts: Sequence[str], *, batch_size: int = 64) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Yield (positions, embeddings) a batch; texts of similar length share a batch, so little is padding."""
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
        for start in range(0, len(order), batch_size):
            positions = order[start : start + batch_size]
            yield positions, self._forward([texts[position] for position in positions])

    def _forward(self, texts: list[str]) -> NDArray[np.float32]:
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            states = self._model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            means = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            vectors: NDArray[np.float32] = functional.normalize(means, dim=-1).float().numpy()
        return vectors
