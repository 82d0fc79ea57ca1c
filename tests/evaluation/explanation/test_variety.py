from math import log

import pytest

from explainrec_models.evaluation.explanation.variety import distinct_share, mean_entropy, unique_share

TEXTS = [["a", "b"], ["a", "b"], ["a", "c", "a"]]


def test_shares_by_hand() -> None:
    """Two of three texts differ; words a b c of seven; pairs "a b", "a c", "c a" of four."""
    assert unique_share(TEXTS) == 2 / 3
    assert distinct_share(TEXTS, 1) == 3 / 7
    assert distinct_share(TEXTS, 2) == 3 / 4


def test_entropy_by_hand() -> None:
    """Words 4/7, 2/7, 1/7; pairs 1/2, 1/4, 1/4."""
    first = -(4 / 7 * log(4 / 7) + 2 / 7 * log(2 / 7) + 1 / 7 * log(1 / 7))
    second = 1.5 * log(2)
    assert mean_entropy(TEXTS, (1, 2)) == pytest.approx((first * second) ** 0.5)
    assert mean_entropy(TEXTS) == 0.0
    assert mean_entropy([["a"]], (1,)) == 0.0
