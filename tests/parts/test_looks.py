"""Looks: what pictures alone tell becomes an attribute, a new picture gets it too, and the blind do not see it."""

import numpy as np
import pytest

from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import ATTRIBUTES, AUDIENCE, PICTURE, TASTE, WORDS, ItemSpace, build_item_space
from explainrec_models.parts.looks import look_columns, look_of, looks_of, with_looks
from explainrec_models.parts.soft_tokens import knowledge

LAST = 200
ITEMS = LAST + 1
PRESENT = np.array([True] * LAST + [False])
KINDS = [("kind:mug", "kind:lamp")[place % 2 :][:1] for place in range(ITEMS)]
STRIPED = np.arange(ITEMS) % 5 < 2


def pictures() -> np.ndarray:
    """Mugs and lamps, which differ much; two fifths of both are striped, which differs less."""
    noise = np.random.default_rng(0).normal(scale=0.1, size=(ITEMS, 6))
    lamp = np.arange(ITEMS) % 2 == 1
    shown = np.outer(2 * lamp, np.eye(6)[0]) + np.outer(STRIPED, np.eye(6)[1])
    return np.asarray(noise + shown, dtype=np.float32)


def space(most: int = 12) -> ItemSpace:
    words = np.random.default_rng(1).normal(size=(ITEMS, 4)).astype(np.float32)
    plain = build_item_space(
        [f"item {place}" for place in range(ITEMS)],
        KINDS,
        {WORDS: (words, PRESENT), PICTURE: (pictures(), PRESENT)},
        sizes={WORDS: 2, PICTURE: 4, TASTE: 1, AUDIENCE: 1},
        fewest=2,
    )
    return with_looks(plain, most=most, seed=3)


def test_looks_are_what_attributes_do_not_say() -> None:
    found = looks_of(KINDS, pictures(), PRESENT, most=12, seed=3)
    assert found == ["look:2" if striped else "look:1" for striped in STRIPED[:LAST]] + [None]
    assert looks_of(KINDS, pictures(), PRESENT, most=0, seed=3) == [None] * ITEMS


def test_looks_stand_behind_the_other_attributes() -> None:
    built = space()
    assert built.vocabulary == ("kind:lamp", "kind:mug", "look:1", "look:2")
    np.testing.assert_array_equal(look_columns(built), [False, False, True, True])
    owned = built.blocks[ATTRIBUTES] > 0
    np.testing.assert_array_equal(owned[:LAST, 3], STRIPED[:LAST])
    np.testing.assert_array_equal(owned[:LAST, 2], ~STRIPED[:LAST])
    np.testing.assert_array_equal(owned[:ITEMS, 0], [kind == ("kind:lamp",) for kind in KINDS])
    assert not owned[LAST, 2:].any()
    np.testing.assert_allclose(np.linalg.norm(built.blocks[ATTRIBUTES][:LAST], axis=1), 1, atol=1e-6)


def test_a_new_picture_has_the_look_of_those_it_resembles_whatever_it_shows() -> None:
    built = space()
    for place in range(4):
        look = look_of(built, KINDS[place], pictures()[place])
        assert look == ("look:2" if STRIPED[place] else "look:1",)
    wider = built.with_item("new", (*KINDS[0], "look:2"), None, pictures()[0])
    np.testing.assert_allclose(wider.blocks[PICTURE][ITEMS], built.blocks[PICTURE][0], atol=1e-5)
    np.testing.assert_allclose(wider.blocks[ATTRIBUTES][ITEMS], built.blocks[ATTRIBUTES][0], atol=1e-6)


@pytest.mark.parametrize("built", [space(most=0), space().without([ATTRIBUTES])])
def test_where_there_are_no_looks_a_new_picture_has_none(built: ItemSpace) -> None:
    assert look_of(built, KINDS[0], pictures()[0]) == ()


def test_looks_are_known_from_the_picture() -> None:
    built = space()
    nothing = np.zeros(ITEMS + 1)
    effects = ItemEffects(0.5, *(nothing,) * 5, weights=np.zeros(0), rated_weights=np.zeros(0))
    known = knowledge(built, [(built, effects)], effects)
    # Two kinds, two looks, two components of the words, four of the picture.
    np.testing.assert_array_equal(known.seen.numpy(), [0, 0, 1, 1, 0, 0, 1, 1, 1, 1])
    assert known.content.shape[1] == len(known.seen)
