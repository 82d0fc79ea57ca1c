"""ROUGE-1, -2 and -L of each pair, in the two ways that the field prints under one name.

Lin, "ROUGE" (2004). With M the n-grams that both texts share, G those of the generated text and R those of the
reference: precision = M / G, recall = M / R, F = 2PR / (P + R); ROUGE-L takes the longest common subsequence of words
for M and the words for G and R.

- ``clipped``: an n-gram counts as often as both texts have it. This is the ``rouge-score`` package's way, which cuts
  words at everything that is neither a letter nor a digit and may stem them; here they stay as they are given.
- ``distinct``: an n-gram counts once however often it stands there, and the F of ROUGE-L weighs recall by
  β = P_L / R_L: F = (1 + β²)PR / (R + β²P). This is the ``rouge.py`` of Google's seq2seq, which PETER (Li et al., ACL
  2021) calls by that interface; PETER's own copy was not at hand, so that this is unverified. What differs: seq2seq
  leaves pairs with an empty generated text out, which flatters a model that says nothing; here they score 0.

On XRec's outputs the two are five points apart for ROUGE-1 (Amazon, F: 38.98 clipped, 34.29 distinct), so that a table
has to say which it holds.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np
from rapidfuzz.distance import LCSseq

from explainrec_models.evaluation.explanation.evidence import Numbers
from explainrec_models.evaluation.explanation.words import Words, ngrams

Counting = Literal["clipped", "distinct"]
KINDS = ("1", "2", "l")
PARTS = ("precision", "recall", "f")


def rouge_rows(
    generated: Sequence[Words], references: Sequence[Words], kind: str, *, counting: Counting = "clipped"
) -> Numbers:
    """Return precision, recall and F of each pair (N, 3), between 0 and 1.

    Args:
        generated: words of each text (N).
        references: words of each reference (N).
        kind: ``1``, ``2`` or ``l``.
        counting: how repeated n-grams count.
    """
    pairs = zip(generated, references, strict=True)
    if kind == "l":
        sizes = [(LCSseq.similarity(text, reference), len(text), len(reference)) for text, reference in pairs]
    else:
        sizes = [_shared(ngrams(text, int(kind)), ngrams(reference, int(kind)), counting) for text, reference in pairs]
    shared, first, second = np.array(sizes, dtype=np.float64).reshape(-1, 3).T
    precision, recall = _share(shared, first), _share(shared, second)
    beta = _share(precision, recall) if kind == "l" and counting == "distinct" else np.ones_like(precision)
    f = _share((1 + beta**2) * precision * recall, recall + beta**2 * precision)
    return np.stack([precision, recall, f], axis=1)


def _shared(text: list[tuple[str, ...]], reference: list[tuple[str, ...]], counting: Counting) -> tuple[int, int, int]:
    if counting == "distinct":
        first, second = set(text), set(reference)
        return len(first & second), len(first), len(second)
    return (Counter(text) & Counter(reference)).total(), len(text), len(reference)


def _share(part: Numbers, whole: Numbers) -> Numbers:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
