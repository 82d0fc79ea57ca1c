import math
from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl
import pytest
import torch
from torchmetrics.functional.retrieval import (
    retrieval_normalized_dcg,
    retrieval_recall,
    retrieval_reciprocal_rank,
)

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation.bootstrap import bootstrap_interval, draw_weights
from explainrec_models.evaluation.ranking import rank_users, ranking_measures


def ranking_of(lists: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    rows = [(user, rank, item) for user, items in lists.items() for rank, item in enumerate(items, start=1)]
    return pl.DataFrame(rows, schema=[schema.USER_ID, schema.RANK, schema.ITEM_ID], orient="row")


def relevant_of(sets: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    rows = [(user, item) for user, items in sets.items() for item in items]
    return pl.DataFrame(rows, schema={schema.USER_ID: pl.String, schema.ITEM_ID: pl.String}, orient="row")


def test_metrics_by_hand() -> None:
    """The list is a b c d; a, c and x (never listed) are relevant.

    k = 2: one hit of three relevant, recall 1/3; gain 1, ideal 1 + 1/log2(3) = 1.6309, NDCG .6131; first hit at 1.
    k = 4: hits at 1 and 3, recall 2/3; gain 1 + 1/log2(4) = 1.5, ideal 1 + .6309 + .5 = 2.1309, NDCG .7039.
    """
    scored = rank_users(ranking_of({"u": "abcd"}), relevant_of({"u": "acx"}), [2, 4]).users.row(0, named=True)
    third = 1 / math.log2(3)
    assert scored["recall_at_2_score"] == pytest.approx(1 / 3)
    assert scored["ndcg_at_2_score"] == pytest.approx(1 / (1 + third))
    assert scored["mrr_at_2_score"] == 1
    assert scored["recall_at_4_score"] == pytest.approx(2 / 3)
    assert scored["ndcg_at_4_score"] == pytest.approx(1.5 / (1.5 + third))


def test_first_hit_at_three_counts_a_third_from_three_on() -> None:
    scored = rank_users(ranking_of({"u": "abcd"}), relevant_of({"u": "cd"}), [2, 3]).users.row(0, named=True)
    assert (scored["mrr_at_2_score"], scored["ndcg_at_2_score"], scored["recall_at_2_score"]) == (0, 0, 0)
    assert scored["mrr_at_3_score"] == pytest.approx(1 / 3)


def test_the_ideal_is_cut_at_k() -> None:
    """Five relevant items and a list of two of them: at 2 nothing better is possible, so NDCG@2 is 1."""
    scored = rank_users(ranking_of({"u": "ab"}), relevant_of({"u": "abxyz"}), [2]).users
    assert scored["ndcg_at_2_score"].to_list() == [pytest.approx(1.0)]
    assert scored["recall_at_2_score"].to_list() == [pytest.approx(0.4)]


def test_agrees_with_torchmetrics_on_random_lists() -> None:
    generator = np.random.default_rng(0)
    catalogue = [f"i{number:02}" for number in range(40)]
    lists = {f"u{user:02}": generator.permutation(catalogue)[:25].tolist() for user in range(30)}
    wanted = {user: generator.permutation(catalogue)[: generator.integers(1, 9)].tolist() for user in lists}
    scored = rank_users(ranking_of(lists), relevant_of(wanted), [1, 5, 10, 20]).users
    for row in scored.iter_rows(named=True):
        listed, relevant = lists[row[schema.USER_ID]], wanted[row[schema.USER_ID]]
        missed = [item for item in relevant if item not in listed]
        everything = listed + missed
        scores = torch.arange(len(everything), 0, -1).float()
        target = torch.tensor([item in relevant for item in everything])
        for k in (1, 5, 10, 20):
            assert row[f"recall_at_{k}_score"] == pytest.approx(retrieval_recall(scores, target, top_k=k).item())
            assert row[f"ndcg_at_{k}_score"] == pytest.approx(
                retrieval_normalized_dcg(scores, target, top_k=k).item(), abs=1e-6
            )
            assert row[f"mrr_at_{k}_score"] == pytest.approx(retrieval_reciprocal_rank(scores, target, top_k=k).item())


def test_users_without_relevant_items_or_without_a_list_are_counted_and_left_out() -> None:
    scored = rank_users(ranking_of({"both": "ab", "listed": "ab"}), relevant_of({"both": "a", "wanting": "b"}), [2, 3])
    assert scored.users[schema.USER_ID].to_list() == ["both"]
    assert (scored.without_relevant, scored.without_ranking, scored.short_lists) == (1, 1, 1)


def test_order_of_rows_and_doubled_relevance_change_nothing() -> None:
    ranking, relevant = ranking_of({"u": "abcd", "v": "dcba"}), relevant_of({"u": "bd", "v": "a"})
    plain = rank_users(ranking, relevant, [3]).users
    mixed = rank_users(ranking.reverse(), pl.concat([relevant, relevant]).reverse(), [3]).users
    assert mixed.equals(plain)


def test_mean_over_users_and_its_interval() -> None:
    scored = rank_users(ranking_of({"u": "ab", "v": "ab"}), relevant_of({"u": "a", "v": "z"}), [1])
    measure = ranking_measures(scored)["recall_at_1_score"]
    assert bootstrap_interval(measure.statistic, draw_weights(2, 100, seed=0)).value == 0.5
    assert (measure.users, measure.rows) == (2, 2)


def test_a_gap_in_the_ranks_is_an_error() -> None:
    ranking = ranking_of({"u": "abc"}).filter(pl.col(schema.RANK) != 2)
    with pytest.raises(DataError, match="ranking of user u has rank 3 out of place"):
        rank_users(ranking, relevant_of({"u": "a"}), [2])


def test_an_item_listed_twice_is_an_error() -> None:
    with pytest.raises(DataError, match="user u holds item a more than once"):
        rank_users(ranking_of({"u": "aba"}), relevant_of({"u": "a"}), [2])
