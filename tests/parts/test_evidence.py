"""Countable evidence by hand, its exact split among rows, and what strangers and unrated items leave of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_evidence import table

from explainrec_models.parts.evidence import (
    FEATURES,
    FIELDS,
    ITEM_FEATURES,
    EvidenceTable,
    Past,
    field_columns,
    newcomer,
)
from explainrec_models.parts.item_space import COUNTED


def named(row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> dict[str, float]:
    return dict(zip(FEATURES, row.tolist(), strict=True))


def test_levels_and_alike_items_by_hand() -> None:
    counted = table()
    past = Past(np.array([1, 2]), np.array([1.0, 0.0]))
    found = named(counted.features(past, np.array([4]))[0])
    residuals = past.liked - 0.5 - counted._total[[1, 2]]
    assert found["level"] == pytest.approx(residuals.sum() / (2 + 40), abs=1e-6)
    half = 0.5 ** (1 / 15)
    late = (half * residuals[0] + residuals[1]) / (half + 1 + 4)
    assert found["level_late"] == pytest.approx(late, abs=1e-6)
    surprise = past.liked - (1 + 20 * 0.5) / (2 + 20)
    cosines = {name: np.maximum(block[4] @ block[[1, 2]].T, 0) for name, block in counted._blocks.items()}
    for name, similar in {**cosines, "": np.mean(list(cosines.values()), axis=0)}.items():
        weights = similar.astype(np.float64) ** 3
        expected = weights @ surprise / np.sqrt(weights.sum() + 0.1)
        assert found[f"alike_{name}".removesuffix("_")] == pytest.approx(expected, abs=1e-5)


def test_tastes_for_attributes_by_hand_and_by_field() -> None:
    has = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]], dtype=np.float32)
    counted = table(vocabulary=("genre:A", "genre:B", "maker:C"), attributes=np.vstack([has, has[:2]]))
    past = Past(np.array([0, 1, 2]), np.array([1.0, 1.0, 0.0]))
    surprise = past.liked - (2 + 20 * 0.5) / (3 + 20)
    found = named(counted.features(past, np.array([0]))[0])
    # Item 0 is of genre A, which both likes have, and by maker C, who made one liked and the disliked item.
    assert found["field_0"] == pytest.approx((surprise[0] + surprise[1]) / np.sqrt(2 + 3), abs=1e-6)
    assert found["field_1"] == pytest.approx((surprise[0] + surprise[2]) / np.sqrt(2 + 3), abs=1e-6)
    assert found["field_2"] == 0
    nothing = named(counted.features(past, np.array([3]))[0])
    assert nothing["field_0"] == nothing["field_1"] == 0


def test_the_rarest_fields_share_the_last_column() -> None:
    vocabulary = [f"field{number}:{value}" for number in range(8) for value in range(9 - number)]
    columns = field_columns(vocabulary)
    assert columns.sum(axis=1).tolist() == [1] * len(vocabulary)
    assert columns[:, 0].sum() == 9
    assert columns[:, FIELDS - 1].sum() == 4 + 3 + 2
    assert not field_columns(()).size


def test_a_stranger_is_known_by_the_item_alone() -> None:
    counted = table()
    nobody = counted.features(Past(np.zeros(0, dtype=np.intp), np.zeros(0)), np.arange(5))
    past = Past(np.array([1, 2, 3]), np.array([1.0, 0.0, 1.0]))
    np.testing.assert_array_equal(nobody, newcomer(counted.features(past, np.arange(5))))
    assert not nobody[:, len(ITEM_FEATURES) :].any()


def test_an_unrated_item_is_known_by_its_content_alone() -> None:
    counted = table()
    past = Past(np.array([1, 2, 3]), np.array([1.0, 0.0, 1.0]))
    cold = named(counted.features(past, np.array([4]), rated=False)[0])
    warm = named(counted.features(past, np.array([4]))[0])
    counts = [f"alike_{name}" for name in COUNTED]
    assert cold["item_own"] == cold["item_support"] == 0
    assert (cold["item_unrated"], warm["item_unrated"]) == (1, 0)
    assert cold["item_content"] == pytest.approx(counted._effects.content[4], abs=1e-6)
    assert not any(value for name, value in cold.items() if name in counts)
    assert any(value for name, value in warm.items() if name in counts)
    kept = ("alike_words", "kind", "level", "field_0")
    assert {name: warm[name] for name in kept} == {name: cold[name] for name in kept}


def test_an_item_without_ratings_is_counted_alike_whether_or_not_it_is_said_to_have_none() -> None:
    counted = table()
    past = Past(np.array([1, 2, 3]), np.array([1.0, 0.0, 1.0]))
    for name in COUNTED:
        counted._blocks[name][4] = 0
    before = counted.features(past, np.array([4]), rated=False)
    unrated = EvidenceTable.__new__(EvidenceTable)
    unrated.__dict__ = {**counted.__dict__}
    unrated._total = counted._total.copy()
    unrated._total[4] = counted._effects.content[4]
    unrated._of_items = {True: counted._of_items[False], False: counted._of_items[False]}
    np.testing.assert_allclose(unrated.features(past, np.array([4])), before, atol=1e-6)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=14), st.integers(0, 4), st.integers(0, 5))
def test_what_is_lost_without_an_item_is_the_difference_of_counting_without_it(
    rows: list[tuple[int, bool]], candidate: int, seed: int
) -> None:
    counted = table(seed)
    past = Past(np.array([item for item, _ in rows], dtype=np.intp), np.array([float(like) for _, like in rows]))
    weights = np.random.default_rng(seed).normal(size=len(FEATURES))
    asked = np.array([candidate, 0])
    lost = counted.lost(past, asked, weights)
    assert set(lost) == {item for item, _ in rows}
    for item, values in lost.items():
        kept = [(other, like) for other, like in rows if other != item]
        rest = Past(np.array([other for other, _ in kept], dtype=np.intp), np.array([float(like) for _, like in kept]))
        expected = (counted.features(past, asked) - counted.features(rest, asked)) @ weights
        np.testing.assert_allclose(values, expected, atol=1e-4)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=14), st.integers(0, 5), st.data())
def test_parts_counted_at_once_have_the_features_of_each_counted_alone(
    rows: list[tuple[int, bool]], seed: int, data: st.DataObject
) -> None:
    counted = table(seed)
    past = Past(np.array([item for item, _ in rows], dtype=np.intp), np.array([float(like) for _, like in rows]))
    weights = np.random.default_rng(seed).normal(size=len(FEATURES))
    masks = data.draw(st.lists(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)), min_size=1, max_size=4))
    kept, asked = np.array(masks), np.array([0, 3, 5])
    sums, spoken = counted.weighed(past, asked, weights)
    found = sums(kept, np.ones((len(kept), len(spoken)), dtype=np.bool_))
    for mask, sums in zip(kept, found, strict=True):
        alone = counted.features(Past(past.items[mask], past.liked[mask]), asked)
        np.testing.assert_allclose(sums, alone @ weights, atol=1e-4)


def test_tastes_speak_only_of_attributes_that_are_asked_for() -> None:
    has = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]], dtype=np.float32)
    counted = table(vocabulary=("genre:A", "genre:B", "maker:C"), attributes=np.vstack([has, has[:2]]))
    past, asked = Past(np.array([0, 1, 2]), np.array([1.0, 1.0, 0.0])), np.array([0])
    weights = np.zeros(len(FEATURES))
    weights[[FEATURES.index("field_0"), FEATURES.index("field_1")]] = 2.0, 3.0
    sums, spoken = counted.weighed(past, asked, weights)
    assert spoken.tolist() == [0, 2]
    features = named(counted.features(past, asked)[0])
    present = np.array([[True, False], [False, True], [False, False]])
    found = sums(np.ones((3, 3), dtype=np.bool_), present)[:, 0]
    np.testing.assert_allclose(found, [2 * features["field_0"], 3 * features["field_1"], 0], atol=1e-6)


def test_taking_an_item_out_takes_all_its_rows() -> None:
    past = Past(np.array([1, 2, 1]), np.array([1.0, 0.0, 0.0])).without(1)
    assert past.items.tolist() == [2]
    assert past.liked.tolist() == [0.0]
