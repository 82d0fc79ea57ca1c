"""Item space: unit blocks, nothing for what is missing, a new item described as a known one is the same point."""

import numpy as np
import pytest

from explainrec_models.parts.item_space import (
    ATTRIBUTES,
    AUDIENCE,
    MODALITIES,
    PICTURE,
    TASTE,
    UNKNOWN,
    WORDS,
    ItemSpace,
    build_item_space,
    taste_vectors,
)

GENERATOR = np.random.default_rng(0)
VECTORS = {name: GENERATOR.normal(size=(5, 6)).astype(np.float32) for name in (WORDS, PICTURE)}
PRESENT = np.array([True, True, True, True, False])
KINDS = [["genre:A"], ["genre:A", "genre:B"], ["genre:B"], ["genre:Rare"], []]


def space() -> ItemSpace:
    return build_item_space(
        list("abcde"),
        KINDS,
        {name: (vectors, PRESENT) for name, vectors in VECTORS.items()},
        sizes={WORDS: 3, PICTURE: 3, TASTE: 2, AUDIENCE: 2},
        fewest=2,
    )


def test_blocks_are_unit_vectors_or_nothing() -> None:
    built = space()
    assert built.item_ids == (*"abcde", UNKNOWN)
    assert built.vocabulary == ("genre:A", "genre:B")
    for name in (ATTRIBUTES, WORDS, PICTURE):
        lengths = np.linalg.norm(built.blocks[name], axis=1)
        assert set(np.round(lengths, 5).tolist()) <= {0.0, 1.0}
    # Item d has an attribute that too few share, item e nothing at all.
    np.testing.assert_array_equal(np.linalg.norm(built.blocks[ATTRIBUTES], axis=1) > 0, [1, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(np.linalg.norm(built.blocks[PICTURE], axis=1) > 0, [1, 1, 1, 1, 0, 0])


def test_a_new_item_described_as_a_known_one_is_the_same_point() -> None:
    built = space()
    wider = built.with_item("new", KINDS[1], VECTORS[WORDS][1], VECTORS[PICTURE][1])
    assert wider.item_ids == (*"abcde", "new", UNKNOWN)
    for name in (ATTRIBUTES, WORDS, PICTURE):
        np.testing.assert_allclose(wider.blocks[name][5], built.blocks[name][1], atol=1e-6)
    blind = built.with_item("new", ["genre:Unheard"], VECTORS[WORDS][1], None)
    assert not blind.blocks[PICTURE][5].any()
    assert not blind.blocks[ATTRIBUTES][5].any()


def test_a_modality_that_is_left_out_is_zero_everywhere() -> None:
    less = space().without([PICTURE, ATTRIBUTES])
    assert not less.blocks[PICTURE].any()
    assert not less.blocks[ATTRIBUTES].any()
    assert less.blocks[WORDS].any()
    assert set(less.blocks) == set(MODALITIES)


def test_items_liked_by_the_same_people_have_the_same_taste() -> None:
    users = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    items = np.array([0, 1, 0, 1, 2, 3, 2, 3])
    residuals = np.array([1.0, 0.9, 1.0, 1.1, 1.0, 1.0, 0.8, 1.2])
    taste = taste_vectors(users, items, residuals, (4, 5), 2)
    assert taste[0] @ taste[1] == pytest.approx(1, abs=0.02)
    assert taste[2] @ taste[3] == pytest.approx(1, abs=0.05)
    assert abs(float(taste[0] @ taste[2])) < 0.1
    assert not taste[4].any()
    np.testing.assert_array_equal(taste, taste_vectors(users, items, residuals, (4, 5), 2))


def test_more_factors_than_users_are_zeros() -> None:
    taste = taste_vectors(np.array([0, 1]), np.array([0, 1]), np.ones(2), (2, 3), 5)
    assert taste.shape == (3, 5)
    assert not taste[:, 1:].any()
