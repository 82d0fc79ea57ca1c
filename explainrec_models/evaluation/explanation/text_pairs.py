"""The metrics that compare a generated text with a reference, as functions of how often each user was drawn."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from explainrec_models.evaluation.bootstrap import Statistic, Weights, ratio_statistic
from explainrec_models.evaluation.explanation.bert_score import BertScorer
from explainrec_models.evaluation.explanation.bleu import ORDER, bleu_counts, bleu_from_sums
from explainrec_models.evaluation.explanation.evidence import Numbers, Places
from explainrec_models.evaluation.explanation.features import matches, mentioned
from explainrec_models.evaluation.explanation.rouge import KINDS, PARTS, Counting, rouge_rows
from explainrec_models.evaluation.explanation.words import words

GENERATED = "generated"
REFERENCE = "reference"
FEATURE = "feature"
"""The feature that a reference is about, one word."""
_PERCENT = 100


@dataclass(frozen=True)
class PairMetrics:
    """Which metrics of pairs are taken, and how they count.

    Attributes:
        counting: of ROUGE.
        bleu_orders: up to 4.
        encoder: of BERTScore, which is absent without one.
    """

    counting: Counting = "clipped"
    bleu_orders: tuple[int, ...] = (1, ORDER)
    encoder: BertScorer | None = None

    def statistics(
        self, rows: pl.DataFrame, order: Places, owners: Places, *, features: Collection[str] = ()
    ) -> dict[str, Statistic]:
        """Return each metric of the references with the generated texts in some order.

        Args:
            rows: generated and reference; feature where ``features`` are given.
            order: which generated text each reference is compared with (N).
            owners: index of the user of each reference (N).
            features: all of them.
        """
        generated = rows[GENERATED].gather(order).to_list()
        references = rows[REFERENCE].to_list()
        texts, wanted = [words(text) for text in generated], [words(text) for text in references]
        sums = per_user(bleu_counts(texts, wanted), owners)
        found: dict[str, Statistic] = {f"bleu_{order}_score": partial(_bleu, sums, order) for order in self.bleu_orders}
        for kind in KINDS:
            values = _PERCENT * rouge_rows(texts, wanted, kind, counting=self.counting)
            found |= _means(f"rouge_{kind}", values, owners)
        if self.encoder is not None:
            found |= _means("bert", _PERCENT * self.encoder.score(generated, references), owners)
        if features:
            hits = matches(mentioned(texts, features), rows[FEATURE].to_list())
            found["fmr_score"] = _mean(hits, owners)
        return found


def per_user(values: Numbers, owners: Places) -> Numbers:
    """Return the sums (U, C) of the rows (N, C) of each user."""
    sums = np.zeros((int(owners.max()) + 1, values.shape[1]))
    np.add.at(sums, owners, values)
    return sums


def _bleu(sums: Numbers, order: int, weights: Weights) -> Numbers:
    return bleu_from_sums(weights @ sums, order=order)


def _means(name: str, values: Numbers, owners: Places) -> dict[str, Statistic]:
    return {f"{name}_{part}_score": _mean(column, owners) for part, column in zip(PARTS, values.T, strict=True)}


def _mean(values: Numbers, owners: Places) -> Statistic:
    return ratio_statistic(np.bincount(owners, values), np.bincount(owners))
