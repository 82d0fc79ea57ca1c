"""The teacher: contributions sum exactly to the score, and removing an item takes exactly its contribution away."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import corpus
from scipy import sparse

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.ease import ItemWeights
from explainrec_models.parts.linear_teacher import SLOTS, LinearTeacher, Windows
from explainrec_models.parts.teaching import fit_teacher

CORPUS = corpus()
TEACHER = fit_teacher(CORPUS, [], regularisation=1.0, decays=(0.8,)).teacher
SPARSE = fit_teacher(CORPUS, [], regularisation=1.0, decays=(0.8,), dense_items=0, neighbours=7).teacher

histories = st.lists(
    st.tuples(st.sampled_from(CORPUS.item_ids), st.booleans()), max_size=12, unique_by=lambda row: row[0]
).map(lambda rows: History("u", tuple(r[0] for r in rows), tuple(r[1] for r in rows), tuple(range(len(rows)))))

repeating = st.lists(st.tuples(st.sampled_from(CORPUS.item_ids), st.booleans()), max_size=8).map(
    lambda rows: History("u", tuple(r[0] for r in rows), tuple(r[1] for r in rows), tuple(range(len(rows))))
)


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
    direct = TEACHER.model.between(np.array([0]), np.array([6]))[0]
    given_away = weight * (direct + TEACHER.strengths[attribute])
    assert full - less == pytest.approx(given_away, abs=1e-6)


@settings(deadline=None)
@given(history=histories)
def test_sparse_weights_with_all_items_as_neighbours_score_as_dense_ones_do(history: History) -> None:
    np.testing.assert_allclose(SPARSE.score_all([history]), TEACHER.score_all([history]), atol=1e-5)
    for sparse_one, dense_one in zip(
        SPARSE.explain(history, ["0", "5"]), TEACHER.explain(history, ["0", "5"]), strict=True
    ):
        assert [c.source for c in sparse_one.contributions] == [c.source for c in dense_one.contributions]
        assert [c.value for c in sparse_one.contributions] == pytest.approx(
            [c.value for c in dense_one.contributions], abs=1e-5
        )


@settings(deadline=None)
@pytest.mark.parametrize("teacher", [TEACHER, SPARSE], ids=["dense", "sparse"])
@given(asked=st.lists(st.tuples(repeating, st.sampled_from(CORPUS.item_ids)), min_size=1, max_size=5))
def test_rows_explained_together_are_explained_as_each_alone(
    teacher: LinearTeacher, asked: list[tuple[History, str]]
) -> None:
    """Also where an item is in the history twice, or is the candidate itself."""
    rows = [teacher.position[item] for history, _ in asked for item in history.item_ids]
    together = teacher.explain_windows(
        Windows(
            np.array([teacher.position[item] for _, item in asked]),
            np.array([len(history) for history, _ in asked]),
            np.array(rows, dtype=np.int64),
            np.array([liked for history, _ in asked for liked in history.liked], dtype=bool),
        )
    )
    names: dict[str, Sequence[str]] = {schema.PRIOR: [schema.PRIOR], schema.HISTORY: teacher.item_ids}
    names[schema.ATTRIBUTE] = teacher.attributes
    for row, (history, item) in enumerate(asked):
        alone = teacher.explain(history, [item])[0]
        mine = np.flatnonzero(together.example == row)
        slots = [SLOTS[together.slot[place]] for place in mine]
        sources = [names[slot][together.source[place]] for slot, place in zip(slots, mine, strict=True)]
        assert list(zip(slots, sources, strict=True)) == [(c.slot, c.source) for c in alone.contributions]
        assert together.value[mine] == pytest.approx([c.value for c in alone.contributions], abs=1e-6)
        assert together.score[row] == pytest.approx(alone.score, abs=1e-6)


@pytest.mark.parametrize("teacher", [TEACHER, SPARSE], ids=["dense", "sparse"])
def test_saving_and_loading_changes_no_score(teacher: LinearTeacher, tmp_path: Path) -> None:
    teacher.save(tmp_path)
    loaded = LinearTeacher.load(tmp_path)
    history = History("u", ("0", "3"), (True, True), (1, 2))
    np.testing.assert_array_equal(loaded.score_all([history]), teacher.score_all([history]))
    assert loaded.explain(history, ["5"]) == teacher.explain(history, ["5"])
    assert loaded.model.form() == teacher.model.form()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["teacher.json", "teacher.safetensors"]


def test_a_teacher_without_attributes_scores_and_explains(tmp_path: Path) -> None:
    none = sparse.csr_array(np.zeros((8, 0), dtype=np.float32))
    plain = replace(SPARSE, attributes=(), membership=none, strengths=np.zeros(0, dtype=np.float32))
    plain.save(tmp_path)
    loaded = LinearTeacher.load(tmp_path)
    history = History("u", ("0", "3"), (True, True), (1, 2))
    explanation = loaded.explain(history, ["5"])[0]
    assert {c.slot for c in explanation.contributions} == {schema.PRIOR, schema.HISTORY}
    assert explanation.score == pytest.approx(float(loaded.score_all([history])[0, 5]), abs=1e-6)


def test_scores_do_not_depend_on_how_many_are_asked_for() -> None:
    asked = [History("u", (str(place % 8), str(place % 3)), (True, True), (1, 2)) for place in range(300)]
    alone = np.concatenate([TEACHER.score_all([history]) for history in asked])
    np.testing.assert_allclose(TEACHER.score_all(asked), alone, atol=1e-6)


def test_forty_thousand_attributes_need_no_dense_table() -> None:
    """3,000 items with eight of 40,000 attributes: dense, the membership alone would take 480 MB."""
    items, attributes, draw = 3000, 40_000, np.random.default_rng(5)
    columns = np.sort(draw.integers(0, attributes, (items, 8)), axis=1).ravel()
    membership = sparse.csr_array(
        (np.ones(items * 8, dtype=np.float32), columns, np.arange(0, items * 8 + 1, 8)), shape=(items, attributes)
    )
    empty = sparse.csr_array(np.zeros((items, items), dtype=np.float32))
    model = ItemWeights(empty, np.zeros(items, dtype=np.float32), np.zeros(items))
    names = tuple(f"tag:{column}" for column in range(attributes))
    strengths = np.ones(attributes, dtype=np.float32)
    teacher = LinearTeacher(tuple(map(str, range(items))), names, model, membership, strengths, 1.0)
    tracemalloc.start()
    score = teacher.score_all([History("u", ("0", "1"), (True, True), (1, 2))])[0, 2]
    explanation = teacher.explain(History("u", ("0", "1"), (True, True), (1, 2)), ["2"])[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert explanation.score == pytest.approx(float(score))
    assert peak < 20e6
