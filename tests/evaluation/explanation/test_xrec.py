"""The recount of XRec's released outputs, where EXPLAINREC_REAL_DATA names a folder that holds them."""

import gzip
import json
import os
from pathlib import Path

import pytest

from explainrec_models.evaluation.explanation.bleu import corpus_bleu
from explainrec_models.evaluation.explanation.rouge import rouge_rows
from explainrec_models.evaluation.explanation.shuffling import derangements
from explainrec_models.evaluation.explanation.variety import unique_share
from explainrec_models.evaluation.explanation.words import words

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"), "xrec")
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with XRec's outputs")


def pairs(name: str) -> tuple[list[list[str]], list[list[str]]]:
    with gzip.open(REAL / f"{name}_ref_pred_pairs.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) == 3000
    return [words(row["pred"]) for row in rows], [words(row["ref"]) for row in rows]


@pytest.mark.parametrize(
    ("name", "bleu_1", "bleu_4", "rouge_1", "rouge_2"),
    # The recount printed 17.7 for Amazon's ROUGE-2: 17.645 rounded twice, by way of 17.65.
    [("amazon", 36.7, 15.6, 38.98, 17.645), ("yelp", 31.6, 10.1, 33.39, 13.03)],
)
def test_the_recount_is_reproduced_to_its_digits(
    name: str, bleu_1: float, bleu_4: float, rouge_1: float, rouge_2: float
) -> None:
    generated, references = pairs(name)
    assert round(corpus_bleu(generated, references, order=1), 1) == bleu_1
    assert round(corpus_bleu(generated, references, order=4), 1) == bleu_4
    assert 100 * rouge_rows(generated, references, "1")[:, 2].mean() == pytest.approx(rouge_1, abs=0.005)
    assert 100 * rouge_rows(generated, references, "2")[:, 2].mean() == pytest.approx(rouge_2, abs=0.005)
    assert unique_share(generated) == 1.0


@pytest.mark.parametrize(("name", "shuffled"), [("amazon", 36.21), ("yelp", 30.19)])
def test_other_pairs_explanations_score_nearly_as_high(name: str, shuffled: float) -> None:
    """The deviation of such a mean between derangements is about 0.1."""
    generated, references = pairs(name)
    for order in derangements(len(generated), seed=0, shuffles=2):
        moved = [generated[place] for place in order]
        assert 100 * rouge_rows(moved, references, "1")[:, 2].mean() == pytest.approx(shuffled, abs=0.3)
