from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from invented_models import additive, rank_among

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.evidence import Attribution, Flags, Numbers, in_top
from explainrec_models.evaluation.explanation.examples import Example, measure_examples

WEIGHTS = [1.0, 2.0, 4.0, 3.0]
SOURCES: Mapping[str, Attribution] = {"own": np.array(WEIGHTS), "recency": np.arange(4.0)}


def values(measured: pl.DataFrame, source: str) -> dict[str, float | None]:
    rows = measured.filter(pl.col("source") == source)
    return dict(zip(rows["metric"], rows["value"], strict=True))


def test_every_metric_of_every_source_by_hand() -> None:
    """Weights 1 2 4 3 (sum 10), rivals at 6.5 and 2.5, the first place counts.

    Own order 4 3 2 1: shares are 1, 1, 1, 2 pieces, comprehensiveness (4 + 4 + 4 + 7) / 4, sufficiency
    (6 + 6 + 6 + 3) / 4; deleting gives 10 6 3 1 0, area (5 + 6 + 3 + 1 + 0) / 4; inserting 0 4 7 9 10, area
    (0 + 4 + 7 + 9 + 5) / 4. Without 4 the score is 6, second place: out at one removal. With 4 alone 4, second place;
    with 4 3 2 alone 9, first. Recency's order is 3 4 2 1: without 3 it is 7 and still first.
    """
    holds = in_top(rank_among(additive(WEIGHTS), [6.5, 2.5]), 1)
    measured = measure_examples([Example("u", additive(WEIGHTS), SOURCES, holds)])
    own, recency = values(measured, "own"), values(measured, "recency")
    assert own == {
        "comprehensiveness_score": 19 / 4,
        "comprehensiveness_relative_score": pytest.approx(19 / 40),
        "sufficiency_error": 21 / 4,
        "sufficiency_relative_error": pytest.approx(21 / 40),
        "deletion_area_error": 15 / 4,
        "deletion_area_relative_error": pytest.approx(15 / 40),
        "insertion_area_score": 25 / 4,
        "insertion_area_relative_score": pytest.approx(25 / 40),
        "pn_at_1_score": 1,
        "ps_at_1_score": 0,
        "pn_at_3_score": 1,
        "ps_at_3_score": 1,
        "pn_at_5_score": None,
        "ps_at_5_score": None,
        "counterfactual_found_score": 1,
        "counterfactual_size_loss": 1,
    }
    assert (recency["pn_at_1_score"], recency["counterfactual_size_loss"]) == (0, 2)
    assert recency["comprehensiveness_score"] == (3 + 3 + 3 + 7) / 4


def test_an_answer_that_never_stood_has_no_counterfactual_to_find() -> None:
    holds = in_top(rank_among(additive(WEIGHTS), [99.0]), 1)
    own = values(measure_examples([Example("u", additive(WEIGHTS), SOURCES, holds)]), "own")
    assert (own["counterfactual_found_score"], own["counterfactual_size_loss"], own["pn_at_1_score"]) == (None,) * 3


def test_an_answer_that_does_not_stand_is_asked_about_once_a_source() -> None:
    asked: list[int] = []

    def holds(kept: Flags) -> Flags:
        asked.append(len(kept))
        return np.zeros(len(kept), dtype=np.bool_)

    measured = measure_examples([Example("u", additive(WEIGHTS), SOURCES, holds)])
    assert asked == [1, 1]
    undefined = measured.filter(pl.col("value").is_null())
    # Six of necessity and sufficiency and two of the counterfactual, of both sources.
    assert undefined.height == 2 * (6 + 2)


def test_examples_are_numbered_and_sets_asked_once() -> None:
    asked: list[bytes] = []

    def score(kept: Flags) -> Numbers:
        asked.extend(row.tobytes() for row in kept)
        return additive(WEIGHTS)(kept)

    measured = measure_examples([Example("u", score, SOURCES), Example("v", additive(WEIGHTS), SOURCES)])
    assert len(asked) == len(set(asked))
    assert measured[schema.EXAMPLE_ID].unique().sort().to_list() == [0, 1]
    assert not measured["metric"].str.contains("pn_at").any()


def test_an_attribution_of_another_length_is_refused() -> None:
    sources = {"own": np.ones(4), "recency": np.ones(3)}
    with pytest.raises(DataError, match=r"must hold 4 finite numbers; this one has shape \(3,\)"):
        measure_examples([Example("u", additive(WEIGHTS), sources)])
