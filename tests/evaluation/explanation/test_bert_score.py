"""A random model of two layers: no figure means anything, but every property holds."""

from pathlib import Path

import numpy as np
import pytest
from tiny_model import write_tiny_language_model

from explainrec_models.evaluation.explanation.bert_score import BertScorer, matched


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("encoders") / "tiny")


def test_greedy_matching_by_hand() -> None:
    """Cosines of (1,0), (0,1) with (1,0), (0.6,0.8), (0,-1): rows 1 .6 0 and 0 .8 -1.

    Precision (1 + 0.8) / 2 = 0.9, recall (1 + 0.8 + 0) / 3 = 0.6, F = 2 · 0.54 / 1.5 = 0.72.
    """
    text, reference = np.eye(2), np.array([[1.0, 0.0], [0.6, 0.8], [0.0, -1.0]])
    assert matched(text, reference) == pytest.approx((0.9, 0.6, 0.72))
    assert matched(np.empty((0, 0)), reference) == (0.0, 0.0, 0.0)


def test_a_text_matches_itself_best(folder: Path) -> None:
    texts = ["Will the user like it?", "Liked movies: Heat, Alien", "Yes"]
    scorer = BertScorer(folder)
    assert scorer.score(texts, texts) == pytest.approx(np.ones((3, 3)), abs=1e-5)
    assert (scorer.score(texts, texts[::-1])[[0, 2], 2] < 0.999).all()


def test_batches_padding_and_order_change_nothing(folder: Path) -> None:
    generated = [f"the user would like movie {number}" * (1 + number % 3) for number in range(40)]
    references = generated[::-1]
    scorer = BertScorer(folder)
    together = scorer.score(generated, references)
    alone = np.concatenate([scorer.score([one], [other]) for one, other in zip(generated, references, strict=True)])
    assert together == pytest.approx(alone, abs=1e-4)


def test_a_baseline_rescales(folder: Path) -> None:
    """(s - 0.8) / 0.2."""
    plain = BertScorer(folder).score(["Yes"], ["No, Heat"])
    assert BertScorer(folder, baseline=0.8).score(["Yes"], ["No, Heat"]) == pytest.approx((plain - 0.8) / 0.2)


def test_the_record_names_model_layer_and_what_was_cut(folder: Path) -> None:
    scorer = BertScorer(folder)
    scorer.score(["a " * 600, ""], ["b", "b"])
    assert scorer.record() == {
        "model": "tiny",
        "architecture": "llama",
        "layers": 2,
        "layer": 2,
        "baseline": None,
        "cut_texts": 1,
    }
    first = BertScorer(folder, layer=1)
    assert first.record()["layer"] == 1
    assert first.score(["Yes"], ["Heat"]).tolist() != scorer.score(["Yes"], ["Heat"]).tolist()


def test_empty_texts_score_zero(folder: Path) -> None:
    assert BertScorer(folder).score(["", "Yes"], ["Yes", ""]).tolist() == [[0.0] * 3] * 2
