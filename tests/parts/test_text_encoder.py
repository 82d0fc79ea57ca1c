"""Sentences to vectors: a tiny real encoder; padding and order change nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel, BertTokenizer

from explainrec_models.parts.text_encoder import TextEncoder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "mug", "lamp", "note", "##book"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encoder")
    (path / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(str(path / "vocab.txt")).save_pretrained(path)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(path)
    return path


def encoded(folder: Path, texts: list[str], batch_size: int = 64) -> np.ndarray:
    encoder = TextEncoder(folder)
    vectors = np.zeros((len(texts), encoder.size), dtype=np.float32)
    for positions, batch in encoder.encode(texts, batch_size=batch_size):
        vectors[positions] = batch
    return vectors


def test_padding_and_batches_change_nothing(folder: Path) -> None:
    texts = ["red mug", "blue lamp red lamp blue lamp", "notebook", "mug"]
    alone = np.concatenate([encoded(folder, [text]) for text in texts])
    np.testing.assert_allclose(encoded(folder, texts), alone, atol=1e-5)
    np.testing.assert_allclose(encoded(folder, texts, batch_size=2), alone, atol=1e-5)


def test_vectors_have_unit_length(folder: Path) -> None:
    np.testing.assert_allclose(np.linalg.norm(encoded(folder, ["red mug", "lamp"]), axis=1), 1.0, atol=1e-5)


def test_mean_pooling_by_hand(folder: Path) -> None:
    """The vector is the mean of the last states of all tokens, [CLS] and [SEP] included, brought to unit length."""
    encoder = BertModel.from_pretrained(folder).train(mode=False)
    tokens = AutoTokenizer.from_pretrained(folder)("red mug", return_tensors="pt")
    with torch.inference_mode():
        mean = encoder(**tokens).last_hidden_state[0].mean(0)
    np.testing.assert_allclose(encoded(folder, ["red mug"])[0], (mean / mean.norm()).numpy(), atol=1e-5)
