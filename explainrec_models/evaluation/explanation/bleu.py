"""Corpus BLEU as the explanation papers report it.

Papineni et al., "BLEU" (ACL 2002), with one reference a text, as PETER (Li et al., ACL 2021, arXiv 2105.11601) calls
``compute_bleu``: no smoothing, n-gram counts clipped at the reference's, summed over the corpus.

BLEU-n = 100 · BP · exp(1/n Σ_{o≤n} ln p_o), p_o = clipped matches of order o / n-grams of order o in the generated
texts; BP = min(1, e^(1 - r/c)) with r and c the words of references and generated texts. 0 where an order has no match.

What differs from sacrebleu: that package cuts words itself and smooths. Here they are cut at whitespace, so that
figures compare with PETER's and with what is recounted from XRec's outputs.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explainrec_models.evaluation.explanation.evidence import Numbers
from explainrec_models.evaluation.explanation.words import Words, ngrams

ORDER = 4


def bleu_counts(generated: Sequence[Words], references: Sequence[Words], *, order: int = ORDER) -> Numbers:
    """Return what BLEU sums, a row a pair (N, 2·order + 2): matches and n-grams by order, then the two lengths."""
    rows = [_pair_counts(text, reference, order) for text, reference in zip(generated, references, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, 2 * order + 2)


def bleu_from_sums(sums: NDArray[np.float64], *, order: int) -> Numbers:
    """Return BLEU-``order`` (R,) from sums (R, 2·m + 2) of counts that were taken up to some m ≥ ``order``."""
    most = (sums.shape[1] - 2) // 2
    matches, totals = sums[:, :order], sums[:, most : most + order]
    generated, references = sums[:, -2], sums[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.exp(np.log(matches / totals).mean(axis=1))
        brevity = np.exp(np.minimum(0.0, 1 - references / generated))
    return np.where((matches > 0).all(axis=1), 100 * brevity * precision, 0.0)


def corpus_bleu(generated: Sequence[Words], references: Sequence[Words], *, order: int = ORDER) -> float:
    """Return BLEU-``order`` of a corpus, in percent."""
    sums = bleu_counts(generated, references, order=order).sum(axis=0, keepdims=True)
    return float(bleu_from_sums(sums, order=order)[0])


def _pair_counts(text: Words, reference: Words, order: int) -> list[int]:
    orders = range(1, order + 1)
    matches = [(Counter(ngrams(text, n)) & Counter(ngrams(reference, n))).total() for n in orders]
    totals = [max(0, len(text) - n + 1) for n in orders]
    return [*matches, *totals, len(text), len(reference)]
