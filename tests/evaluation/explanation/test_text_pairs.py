from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tiny_model import write_tiny_language_model

from explainrec_models.evaluation.explanation.bert_score import BertScorer
from explainrec_models.evaluation.explanation.bleu import corpus_bleu
from explainrec_models.evaluation.explanation.text_pairs import PairMetrics
from explainrec_models.evaluation.explanation.words import words

ROWS = pl.DataFrame(
    {
        "generated": ["a good plot", "the cast is good", "fine music here"],
        "reference": ["a very good plot", "a fine cast", "music is fine"],
        "feature": ["plot", "cast", "plot"],
    }
)
OWNERS = np.array([0, 1, 1])
FEATURES = ["plot", "cast", "music"]


def test_drawing_a_user_twice_is_having_its_rows_twice() -> None:
    """Multiplicities 1 and 2 against a corpus in which the second user's rows stand twice."""
    twice = pl.concat([ROWS, ROWS[1:]])
    once = PairMetrics().statistics(ROWS, np.arange(3), OWNERS, features=FEATURES)
    doubled = PairMetrics().statistics(twice, np.arange(5), np.zeros(5, dtype=np.intp), features=FEATURES)
    for metric, statistic in once.items():
        assert statistic(np.array([[1.0, 2.0]])) == pytest.approx(doubled[metric](np.ones((1, 1)))), metric
    texts = ([words(text) for text in twice[column]] for column in ("generated", "reference"))
    assert once["bleu_1_score"](np.array([[1.0, 2.0]]))[0] == pytest.approx(corpus_bleu(*texts, order=1))


def test_texts_are_compared_in_the_order_that_is_asked_for() -> None:
    """Moved by one, no text mentions its feature but the last: "the cast is good" against plot, and so on."""
    moved = PairMetrics().statistics(ROWS, np.array([1, 2, 0]), OWNERS, features=FEATURES)
    assert moved["fmr_score"](np.ones((1, 2)))[0] == pytest.approx(1 / 3)


def test_an_encoder_adds_bert_score(tmp_path: Path) -> None:
    encoder = BertScorer(write_tiny_language_model(tmp_path / "tiny"))
    found = PairMetrics(encoder=encoder).statistics(ROWS, np.arange(3), OWNERS)
    expected = encoder.score(ROWS["generated"].to_list(), ROWS["reference"].to_list()).mean(axis=0)
    assert 100 * expected[2] == pytest.approx(found["bert_f_score"](np.ones((1, 2)))[0])
    assert "fmr_score" not in found
