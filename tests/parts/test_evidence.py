"""Countable evidence by hand, its exact split among rows, and what strangers and unrated items leave of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_evidence import table

from explainrec_models.parts.evidence import FEATURES, ITEM_FEATURES, EvidenceTable, Past, newcomer
from explainrec_models.parts.item_space import COUNTED


def named(row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> dict[str, float]:
    return dict(zip(FEATURES, row.tolist(), strict=True))


def test_levels_and_neighbourhoods_by_hand() -> None:
    counted = table()
    past = Past(np.array([1, 2]), np.array([1.0, 0.0]))
    found = named(counted.features(past, np.array([4]))[0])
    total = counted._total
    residuals = past.liked - 0.5 - total[[1, 2]]
    level = residuals.sum() / (2 + 5)
    assert found["level"] == pytest.approx(residuals.sum() / (2 + 40), abs=1e-6)
    assert found["level_last_50"] == pytest.approx(residuals.sum() / (2 + 4), abs=1e-6)
    block = counted._blocks["words"]
    similar = np.maximum(block[4] @ block[[1, 2]].T, 0)
    assert found["words_1"] == pytest.approx((similar @ (residuals - level)) / (similar.sum() + 1), abs=1e-5)
    cubed = similar.astype(np.float64) ** 3
    assert found["words_3"] == pytest.approx((cubed @ (residuals - level)) / (cubed.sum() + 0.3), abs=1e-5)


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
    assert cold["item_own"] == cold["item_support"] == 0
    assert cold["item_content"] == pytest.approx(counted._effects.content[4], abs=1e-6)
    assert not any(value for name, value in cold.items() if name.startswith(COUNTED))
    assert any(value for name, value in warm.items() if name.startswith(COUNTED))
    assert {name: warm[name] for name in ("words_1", "kind", "level")} == {
        name: cold[name] for name in ("words_1", "kind", "level")
    }


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


def test_alike_items_by_hand() -> None:
    counted = table()
    past = Past(np.array([1, 2]), np.array([1.0, 0.0]))
    residuals = past.liked - 0.5 - counted._total[[1, 2]]
    deviations = residuals - residuals.sum() / (2 + 5)
    cosines = [np.maximum(block[4] @ block[[1, 2]].T, 0) for block in counted._blocks.values()]
    weights = np.mean(cosines, axis=0).astype(np.float64) ** 3
    found = named(counted.features(past, np.array([4]))[0])
    assert found["alike"] == pytest.approx(weights @ deviations / np.sqrt(weights.sum() + 0.1), abs=1e-5)


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


def test_taking_an_item_out_takes_all_its_rows() -> None:
    past = Past(np.array([1, 2, 1]), np.array([1.0, 0.0, 0.0])).without(1)
    assert past.items.tolist() == [2]
    assert past.liked.tolist() == [0.0]
