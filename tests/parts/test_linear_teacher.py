"""The teacher: contributions sum exactly to the score, and removing an item takes exactly its contribution away."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import corpus

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.data.matrix import like_matrix
from explainrec_models.parts.ease import fit_ease
from explainrec_models.parts.linear_teacher import LinearTeacher, fit_attribute_strengths
from explainrec_models.parts.teaching import attribute_membership, fit_teacher

CORPUS = corpus()
TEACHER = fit_teacher(CORPUS, [], regularisation=1.0, decays=(0.8,)).teacher

histories = st.lists(
    st.tuples(st.sampled_from(CORPUS.item_ids), st.booleans()), max_size=12, unique_by=lambda row: row[0]
).map(lambda rows: History("u", tuple(r[0] for r in rows), tuple(r[1] for r in rows), tuple(range(len(rows)))))


@settings(deadline=None)
@given(history=histories, item=st.sampled_from(CORPUS.item_ids))
def test_contributions_sum_to_the_score_of_the_whole_catalogue(history: History, item: str) -> None:
    explanation = TEACHER.explain(history, [item])[0]
    score = TEACHER.score_all([history])[0, TEACHER.position[item]]
    assert sum(c.value for c in explanation.contributions) == pytest.approx(explanation.score, abs=1e-6)
    assert explanation.score == pytest.approx(float(score), abs=1e-5)


@settings(deadline=None)
@given(history=histories)
def test_every_history_item_has_a_slot_and_dislikes_weigh_nothing(history: History) -> None:
    explanation = TEACHER.explain(history, ["0"])[0]
    slots = {c.source: c.value for c in explanation.contributions if c.slot == schema.HISTORY}
    assert set(slots) == set(history.item_ids)
    assert all(slots[item] == 0 for item, liked in zip(history.item_ids, history.liked, strict=True) if not liked)


def test_an_empty_history_scores_the_prior() -> None:
    explanation = TEACHER.explain(History("new"), ["3"])[0]
    assert [c.slot for c in explanation.contributions if c.value] == [schema.PRIOR]
    assert explanation.score == pytest.approx(float(TEACHER.model.prior[3]))


def test_deleting_the_oldest_item_takes_its_direct_and_attribute_share_away() -> None:
    """The oldest item's deletion ages no other item, so the score falls by what the item gave."""
    history = History("u", ("0", "3", "4"), (True, True, True), (1, 2, 3))
    full = TEACHER.score_all([history])[0, 6]
    less = TEACHER.score_all([history.without(["0"])])[0, 6]
    weight = 0.8**2
    attribute = TEACHER.attributes.index("genre:Comedy")
    given_away = weight * (TEACHER.model.weights[0, 6] + TEACHER.strengths[attribute])
    assert full - less == pytest.approx(given_away, abs=1e-6)


def test_strengths_equal_a_dense_regression() -> None:
    """Build the design matrix row by row (user, item) and solve it directly."""
    likes = like_matrix(CORPUS.train, CORPUS.item_ids)
    model = fit_ease(likes, regularisation=1.0, centred=True)
    names, membership = attribute_membership(CORPUS, [])
    dense = likes.toarray()
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


def test_saving_and_loading_changes_no_score(tmp_path: Path) -> None:
    TEACHER.save(tmp_path)
    loaded = LinearTeacher.load(tmp_path)
    history = History("u", ("0", "3"), (True, True), (1, 2))
    np.testing.assert_array_equal(loaded.score_all([history]), TEACHER.score_all([history]))


def test_attributes_of_fewer_than_three_items_are_left_out() -> None:
    extra = ["rare:yes", "rare:yes", *[None] * 6]
    names, membership = attribute_membership(CORPUS, [extra])
    assert names == ("genre:Comedy", "genre:Drama")
    assert membership.sum(axis=0).tolist() == [4.0, 4.0]
