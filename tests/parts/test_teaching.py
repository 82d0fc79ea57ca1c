"""Fitting the teacher: the attribute regression against a dense one, and the choice on validation rows alone."""

import numpy as np
import polars as pl
import pytest
from invented import corpus
from scipy import sparse

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.matrix import like_matrix
from explainrec_models.parts import teaching
from explainrec_models.parts.ease import fit_ease
from explainrec_models.parts.sparse_ease import fit_sparse_ease
from explainrec_models.parts.teaching import (
    attribute_membership,
    fit_attribute_strengths,
    fit_teacher,
    users_step,
    validation_part,
)
from explainrec_models.parts.validation import MAX_USERS, validation_ndcg

CORPUS = corpus()


def tasteful(users: int, *, items: int = 60, attributes: int = 12) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Likes of users who each prefer one attribute, and the membership."""
    draw = np.random.default_rng(4)
    membership = (draw.random((items, attributes)) < 0.2).astype(np.float32)
    favourite = membership[:, draw.integers(0, attributes, users)].T
    likes = (draw.random((users, items)) < 0.1 + 0.4 * favourite).astype(np.float32)
    return sparse.csr_array(likes), sparse.csr_array(membership)


def test_strengths_equal_a_dense_regression() -> None:
    """Build the design matrix row by row (user, item) and solve it directly."""
    likes = like_matrix(CORPUS.train, CORPUS.item_ids)
    names, membership = attribute_membership(CORPUS, [])
    dense = likes.toarray()
    for model in (
        fit_ease(likes, regularisation=1.0, centred=True),
        fit_ease(likes, regularisation=1.0, centred=False),
        fit_sparse_ease(likes, regularisations=[1.0], centred=True, neighbours=2)[0],
    ):
        rows, target = [], []
        for user in range(dense.shape[0]):
            for item in range(dense.shape[1]):
                others = [h for h in range(dense.shape[1]) if h != item and dense[user, h]]
                rows.append([membership[item, a] * sum(membership[h, a] for h in others) for a in range(len(names))])
                target.append(dense[user, item] - model.scores(dense[[user]])[0, item])
        design = np.array(rows)
        expected = np.linalg.solve(design.T @ design + 2.0 * np.eye(len(names)), design.T @ np.array(target))
        np.testing.assert_allclose(
            fit_attribute_strengths(likes, model, membership, regularisation=2.0), expected, atol=1e-5
        )


def test_conjugate_gradients_give_what_the_direct_solution_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    likes, membership = tasteful(200)
    model = fit_ease(likes, regularisation=5.0, centred=True)
    direct = fit_attribute_strengths(likes, model, membership, regularisation=5.0)
    monkeypatch.setattr(teaching, "MAX_DENSE_ATTRIBUTES", 0)
    monkeypatch.setattr(teaching, "_PANEL", 5)
    np.testing.assert_allclose(fit_attribute_strengths(likes, model, membership, regularisation=5.0), direct, atol=1e-7)


def test_what_some_users_give_is_scaled_to_everybody() -> None:
    """Every user stands in the table three times in a row, so every third row is everybody once."""
    once, membership = tasteful(100)
    likes = sparse.csr_array(np.repeat(once.toarray(), 3, axis=0))
    model = fit_sparse_ease(likes, regularisations=[5.0], centred=True, neighbours=3)[0]
    whole = fit_attribute_strengths(likes, model, membership, regularisation=5.0)
    third = fit_attribute_strengths(likes, model, membership, regularisation=5.0, step=3)
    assert abs(whole).max() > 1e-3
    np.testing.assert_allclose(third, whole, atol=1e-7)


def test_users_are_skipped_only_where_the_work_would_be_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    likes, membership = tasteful(200)
    assert users_step(likes, 12) == 1
    monkeypatch.setattr(teaching, "MAX_WORK", likes.nnz * 12 / 2.5)
    assert users_step(likes, 12) == 3
    assert users_step(likes, 0) == 1
    assert membership.shape[1] == 12


def test_attributes_of_fewer_than_three_items_are_left_out() -> None:
    extra = ["rare:yes", "rare:yes", *[None] * 6]
    names, membership = attribute_membership(CORPUS, [extra])
    assert names == ("genre:Comedy", "genre:Drama")
    assert membership.sum(axis=0).tolist() == [4.0, 4.0]
    assert membership.has_sorted_indices


def test_the_choice_needs_the_histories_of_its_users_alone() -> None:
    """600 more users with validation likes: the first 500 by id are read, as ``validation_ndcg`` does by itself."""
    ids = pl.Series([f"v{number:04d}" for number in range(600)])
    more = pl.concat([CORPUS.train.head(1)] * 600).with_columns(ids.alias(schema.USER_ID))
    liked = more.with_columns(
        pl.lit("5").alias(schema.ITEM_ID), pl.lit(1, pl.Int8).alias(schema.LIKED), pl.col(schema.TIMESTAMP) + 10**12
    )
    whole = Corpus(
        "invented",
        "film",
        CORPUS.items,
        pl.concat([CORPUS.train, more.head(300)]),
        pl.concat([CORPUS.valid, liked]),
        more.tail(300),
    )
    part = validation_part(whole)
    score_all = fit_teacher(CORPUS, [], regularisation=1.0, decays=(0.8,)).teacher.score_all
    assert len(part.histories) == MAX_USERS < len(whole.histories)
    assert part.valid[schema.USER_ID].n_unique() == MAX_USERS
    assert validation_ndcg(score_all, part) == validation_ndcg(score_all, whole)


def test_a_catalogue_beyond_the_limit_gets_a_sparse_teacher() -> None:
    dense = fit_teacher(CORPUS, [], regularisation=1.0, decays=(1.0, 0.8))
    sparse_one = fit_teacher(CORPUS, [], regularisation=1.0, decays=(1.0, 0.8), dense_items=7, neighbours=7)
    assert dense.teacher.model.form()["form"] == "dense"
    assert sparse_one.teacher.model.form()["form"] == "sparse"
    assert sparse_one.tried == dense.tried
    np.testing.assert_allclose(sparse_one.teacher.strengths, dense.teacher.strengths, atol=1e-5)
