"""Looks: pictures that lie together share an attribute, a new picture gets it too, and the blind do not see it."""

import numpy as np
import pytest

from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import ATTRIBUTES, AUDIENCE, PICTURE, TASTE, WORDS, ItemSpace, build_item_space
from explainrec_models.parts.looks import look_columns, look_of, with_looks
from explainrec_models.parts.soft_tokens import knowledge

ITEMS = 13
PRESENT = np.array([True] * 12 + [False])
PLAIN = [("genre:A", "genre:B")[place % 2 :][:1] for place in range(ITEMS)]


def pictures() -> np.ndarray:
    """Five pictures of one look, seven of another, and none."""
    noise = np.random.default_rng(0).normal(scale=0.01, size=(ITEMS, 4))
    return (np.repeat([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], [5, 8], axis=0) + noise).astype(np.float32)


def space(count: int = 2) -> ItemSpace:
    words = np.random.default_rng(1).normal(size=(ITEMS, 4)).astype(np.float32)
    return build_item_space(
        [f"item {place}" for place in range(ITEMS)],
        with_looks(PLAIN, pictures(), PRESENT, count=count, seed=3),
        {WORDS: (words, PRESENT), PICTURE: (pictures(), PRESENT)},
        sizes={WORDS: 2, PICTURE: 2, TASTE: 1, AUDIENCE: 1},
        fewest=2,
    )


def test_the_look_stands_behind_what_is_known_otherwise() -> None:
    found = with_looks(PLAIN, pictures(), PRESENT, count=2, seed=3)
    assert found[0] == ("genre:A", "look:2")
    assert found[5] == ("genre:B", "look:1")
    assert found[12] == PLAIN[12]
    assert with_looks(PLAIN, pictures(), PRESENT, count=0, seed=3) == PLAIN


def test_a_new_picture_has_the_look_of_those_it_resembles() -> None:
    built = space()
    assert built.vocabulary == ("genre:A", "genre:B", "look:1", "look:2")
    np.testing.assert_array_equal(look_columns(built), [False, False, True, True])
    for place in (0, 4, 5, 11):
        owned = built.blocks[ATTRIBUTES][place] > 0
        (look,) = look_of(built, pictures()[place])
        assert owned[built.vocabulary.index(look)]


@pytest.mark.parametrize("built", [space(count=0), space().without([ATTRIBUTES])])
def test_where_there_are_no_looks_a_new_picture_has_none(built: ItemSpace) -> None:
    assert look_of(built, pictures()[0]) == ()


def test_looks_are_known_from_the_picture() -> None:
    built = space()
    nothing = np.zeros(ITEMS + 1)
    effects = ItemEffects(0.5, *(nothing,) * 5, weights=np.zeros(0), rated_weights=np.zeros(0))
    known = knowledge(built, [(built, effects)], effects)
    # Two genres, two looks, two components of the words, two of the picture.
    np.testing.assert_array_equal(known.seen.numpy(), [0, 0, 1, 1, 0, 0, 1, 1])
    assert known.content.shape[1] == len(known.seen)
