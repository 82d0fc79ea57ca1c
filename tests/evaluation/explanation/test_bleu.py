from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.evaluation.explanation.bleu import bleu_counts, bleu_from_sums, corpus_bleu

TEXTS = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), min_size=1, max_size=5)


def test_bleu_by_hand() -> None:
    """ "a a b" against "a b c", "d" against "d e": words 1 + 1 of "a a b" (the second a is clipped) and 1 of 1: 3 / 4.

    Pairs: "a b" of "a a", "a b", and none of "d": 1 / 2. Lengths 4 against 5: BP = e^(1 - 5/4).
    """
    generated, references = [["a", "a", "b"], ["d"]], [["a", "b", "c"], ["d", "e"]]
    assert corpus_bleu(generated, references, order=1) == pytest.approx(100 * exp(-0.25) * 3 / 4)
    assert corpus_bleu(generated, references, order=2) == pytest.approx(100 * exp(-0.25) * sqrt(3 / 4 * 1 / 2))
    assert corpus_bleu(generated, references, order=4) == 0.0


def test_longer_texts_pay_no_brevity_penalty() -> None:
    assert corpus_bleu([["a", "b", "x", "y"]], [["a", "b"]], order=1) == pytest.approx(50)


def test_empty_texts_score_zero() -> None:
    assert corpus_bleu([[]], [["a"]]) == 0.0


@given(TEXTS)
def test_a_text_against_itself_is_perfect_as_far_as_it_is_long(texts: list[list[str]]) -> None:
    assert corpus_bleu(texts, texts, order=1) == pytest.approx(100)


@given(TEXTS, st.integers(0, 99))
def test_counts_up_to_four_serve_every_lower_order(texts: list[list[str]], seed: int) -> None:
    references = [texts[place] for place in np.random.default_rng(seed).permutation(len(texts))]
    sums = bleu_counts(texts, references).sum(axis=0, keepdims=True)
    for order in (1, 2, 3, 4):
        assert bleu_from_sums(sums, order=order)[0] == pytest.approx(corpus_bleu(texts, references, order=order))
