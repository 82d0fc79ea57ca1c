import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.evaluation.explanation.rouge import KINDS, rouge_rows

WORDS = st.lists(st.sampled_from("abc"), max_size=9)
TEXT, REFERENCE = ["a", "b", "a", "c"], ["a", "a", "b", "d", "e"]


def longest_common(first: list[str], second: list[str]) -> int:
    """The recursion of a textbook, without shortcuts."""
    table = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            table[i + 1, j + 1] = table[i, j] + 1 if one == other else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1])


def test_words_by_hand() -> None:
    """Clipped, a a b are shared: 3 of 4, 3 of 5. Distinct, a b of a b c and of a b d e: 2 of 3, 2 of 4."""
    assert rouge_rows([TEXT], [REFERENCE], "1")[0].tolist() == pytest.approx([3 / 4, 3 / 5, 2 / 3])
    distinct = rouge_rows([TEXT], [REFERENCE], "1", counting="distinct")[0]
    assert distinct.tolist() == pytest.approx([2 / 3, 2 / 4, 4 / 7])


def test_pairs_of_words_by_hand() -> None:
    """Shared is "a b": 1 of 3, 1 of 4; F = 2 · 1/3 · 1/4 / (7/12) = 2/7."""
    assert rouge_rows([TEXT], [REFERENCE], "2")[0].tolist() == pytest.approx([1 / 3, 1 / 4, 2 / 7])


def test_subsequences_by_hand() -> None:
    """Longest common: "a b" or "a a": 2 of 4, 2 of 5, F 4/9.

    The other F weighs by β = (1/2) / (2/5) = 5/4: (1 + 25/16) · 1/2 · 2/5 / (2/5 + 25/16 · 1/2) = 0.5125 / 1.18125.
    """
    assert rouge_rows([TEXT], [REFERENCE], "l")[0].tolist() == pytest.approx([2 / 4, 2 / 5, 4 / 9])
    distinct = rouge_rows([TEXT], [REFERENCE], "l", counting="distinct")[0]
    assert distinct.tolist() == pytest.approx([2 / 4, 2 / 5, 0.5125 / 1.18125])


@given(WORDS, WORDS)
def test_subsequences_are_those_of_the_textbook(text: list[str], reference: list[str]) -> None:
    precision, recall, _ = rouge_rows([text], [reference], "l")[0]
    assert precision * len(text) == pytest.approx(longest_common(text, reference))
    assert recall * len(reference) == pytest.approx(longest_common(text, reference))


@given(WORDS, WORDS, st.sampled_from(KINDS))
def test_swapping_the_texts_swaps_precision_and_recall(text: list[str], reference: list[str], kind: str) -> None:
    forth, back = rouge_rows([text], [reference], kind)[0], rouge_rows([reference], [text], kind)[0]
    assert forth.tolist() == pytest.approx(back[[1, 0, 2]].tolist())


def test_an_empty_text_scores_zero_and_stays() -> None:
    for kind in KINDS:
        assert rouge_rows([[], ["a"]], [["a"], []], kind, counting="distinct").tolist() == [[0.0] * 3] * 2
