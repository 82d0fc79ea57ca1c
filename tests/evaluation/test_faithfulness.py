import numpy as np
import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import Measure, bootstrap_interval, draw_weights
from explainrec_models.evaluation.faithfulness import (
    count_without_spread,
    deletion_curve,
    faithfulness_measures,
    grounding_measure,
    score_drops,
)

RANKING = pl.DataFrame(
    {
        schema.USER_ID: ["u", "u", "u", "v", "v"],
        schema.RANK: [1, 2, 3, 1, 2],
        schema.SCORE: [5.0, 1.0, -90.0, 2.0, 2.0],
    }
)


def deletions(*rows: tuple[object, ...]) -> pl.DataFrame:
    columns = [schema.USER_ID, schema.ITEM_ID, "removed", "count", schema.SCORE, "score_without"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def value(measure: Measure, users: int = 1) -> float:
    return float(measure.statistic(np.ones((1, users)))[0])


def test_comprehensiveness_by_hand() -> None:
    """User u's first two scores are 5 and 1: mean 3, standard deviation 2 (the third rank is beyond the depth).

    Item i falls by 4 when the cited item goes, by 1 for a random one: 2 and .5 deviations, a gap of 1.5.
    Item j falls by 2 and by 0: 1 and 0, a gap of 1. Means: 1.5 cited, .25 random, 1.25 gap.
    """
    drops = score_drops(
        deletions(
            ("u", "i", "cited", 1, 5.0, 1.0),
            ("u", "i", "random", 1, 5.0, 4.0),
            ("u", "j", "cited", 1, 1.0, -1.0),
            ("u", "j", "random", 1, 1.0, 1.0),
        ),
        RANKING,
        depth=2,
    )
    measures = faithfulness_measures(drops, ["u"])
    assert value(measures["comprehensiveness_score"]) == pytest.approx(1.5)
    assert value(measures["comprehensiveness_random_score"]) == pytest.approx(0.25)
    assert value(measures["comprehensiveness_gap_score"]) == pytest.approx(1.25)
    assert value(measures["comprehensiveness_raw_score"]) == pytest.approx(3.0)
    assert value(measures["comprehensiveness_random_raw_score"]) == pytest.approx(0.5)
    assert measures["comprehensiveness_popular_score"].rows == 0


def test_several_counts_are_averaged_within_a_pair_first() -> None:
    """Item i was tested at counts 1 and 3 (drops 1 and 3, mean 2), item j at count 1 (drop 4): raw mean (2 + 4) / 2."""
    drops = score_drops(
        deletions(("u", "i", "cited", 1, 5.0, 4.0), ("u", "i", "cited", 3, 5.0, 2.0), ("u", "j", "cited", 1, 5.0, 1.0)),
        RANKING,
        depth=2,
    )
    assert value(faithfulness_measures(drops, ["u"])["comprehensiveness_raw_score"]) == pytest.approx(3.0)
    assert deletion_curve(drops).rows() == [("cited", 1, pytest.approx(1.25)), ("cited", 3, pytest.approx(1.5))]


def test_normalised_values_do_not_depend_on_the_unit_of_the_score() -> None:
    rows = deletions(("u", "i", "cited", 1, 5.0, 1.0), ("u", "i", "random", 1, 5.0, 4.5))
    scaled = rows.with_columns(pl.col(schema.SCORE, "score_without") * 1000)
    ranking = RANKING.with_columns(pl.col(schema.SCORE) * 1000)
    plain = faithfulness_measures(score_drops(rows, RANKING, depth=3), ["u"])
    other = faithfulness_measures(score_drops(scaled, ranking, depth=3), ["u"])
    for metric in ("comprehensiveness_score", "comprehensiveness_gap_score"):
        assert value(other[metric]) == pytest.approx(value(plain[metric]))


def test_a_user_whose_scores_are_all_equal_has_no_unit_and_is_counted() -> None:
    drops = score_drops(
        deletions(
            ("v", "i", "cited", 1, 2.0, 1.0), ("v", "i", "random", 1, 2.0, 2.0), ("w", "i", "cited", 1, 1.0, 0.0)
        ),
        RANKING,
        depth=3,
    )
    assert count_without_spread(drops) == 2
    measures = faithfulness_measures(drops, ["v", "w"])
    assert measures["comprehensiveness_score"].rows == 0
    assert value(measures["comprehensiveness_raw_score"], users=2) == pytest.approx(1.0)


def test_gap_only_counts_pairs_that_have_both() -> None:
    drops = score_drops(
        deletions(
            ("u", "i", "cited", 1, 5.0, 1.0), ("u", "i", "random", 1, 5.0, 5.0), ("u", "j", "cited", 1, 5.0, -95.0)
        ),
        RANKING,
        depth=2,
    )
    gap = faithfulness_measures(drops, ["u"])["comprehensiveness_gap_score"]
    assert value(gap) == pytest.approx(2.0)
    assert gap.rows == 1


def test_evidence_that_matters_is_told_from_evidence_that_does_not() -> None:
    """Forty users whose cited items carry one deviation more than random ones, with noise: the interval excludes 0."""
    generator = np.random.default_rng(0)
    users = [f"u{number:02}" for number in range(40)]
    ranking = pl.DataFrame(
        {schema.USER_ID: users * 2, schema.RANK: [1] * 40 + [2] * 40, schema.SCORE: [2.0] * 40 + [0.0] * 40}
    )
    rows = [
        (user, "i", removed, 1, 2.0, 2.0 - drop - generator.normal())
        for user in users
        for removed, drop in (("cited", 1.0), ("random", 0.0))
    ]
    measures = faithfulness_measures(score_drops(deletions(*rows), ranking, depth=2), users)
    found = bootstrap_interval(measures["comprehensiveness_gap_score"].statistic, draw_weights(40, 500, seed=0))
    assert found.low is not None
    assert 0 < found.low < found.value < 2


def test_grounding_by_hand() -> None:
    """Of four citations one (z) is not in the listed history and one (y) is listed but was never recorded: 2 / 4."""
    reasons = pl.DataFrame(
        {
            schema.USER_ID: ["u", "v"],
            schema.ITEM_ID: ["i", "i"],
            "cited": [["a", "z", "y"], ["a"]],
            "history": [["a", "b", "y"], ["a"]],
        }
    )
    recorded = pl.DataFrame({schema.USER_ID: ["u", "u", "u", "v"], schema.ITEM_ID: ["a", "b", "a", "a"]})
    measure = grounding_measure(reasons, recorded, ["u", "v"])
    assert (value(measure, users=2), measure.users, measure.rows) == (0.5, 2, 4)


def test_grounding_without_citations_has_no_rows() -> None:
    reasons = pl.DataFrame(
        {schema.USER_ID: ["u"], schema.ITEM_ID: ["i"], "cited": [[]], "history": [["a"]]},
        schema_overrides={"cited": pl.List(pl.String)},
    )
    recorded = pl.DataFrame({schema.USER_ID: ["u"], schema.ITEM_ID: ["a"]})
    assert grounding_measure(reasons, recorded, ["u"]).rows == 0
