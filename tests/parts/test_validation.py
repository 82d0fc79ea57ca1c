"""The NDCG that settings are chosen by, against a case by hand."""

import numpy as np
import polars as pl
import pytest
from invented import items

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.parts.validation import validation_ndcg


def rows(*pairs: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(user, item, 5.0, moment, 1) for user, item, moment in pairs], schema=schema.INTERACTION_COLUMNS, orient="row"
    )


def test_one_user_by_hand() -> None:
    """Ranking 1, 2, 3, ... without history item 0; relevant are 2 and 4: (1/log2 3 + 1/log2 5) / (1 + 1/log2 3)."""
    corpus = Corpus("k", "film", items(), rows(("u", "0", 1)), rows(("u", "2", 2), ("u", "4", 3)))
    scores = np.array([[99.0, 8, 7, 6, 5, 4, 3, 2]], dtype=np.float32)
    expected = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert validation_ndcg(lambda _: scores.copy(), corpus) == pytest.approx(expected)


def test_users_without_training_rows_do_not_count() -> None:
    corpus = Corpus("k", "film", items(), rows(("u", "0", 1)), rows(("v", "2", 2)))
    assert validation_ndcg(lambda _: np.zeros((1, 8), dtype=np.float32), corpus) == 0.0
