"""Every recipe says what it holds out, and promises no more than it keeps."""

import pytest

from explainrec_models.data.splits import recipe_names, recipe_of
from explainrec_models.reporting.held_out import (
    IN_ORDER,
    ITEMS_APART,
    NOTHING,
    SAID,
    TIME_APART,
    USERS_APART,
    how_held_out,
)


def test_every_recipe_has_its_sentence() -> None:
    assert sorted(SAID) == recipe_names()
    assert not how_held_out("a-recipe-of-tomorrow")


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_sentence_says_what_the_recipe_promises(recipe: str) -> None:
    promises, said = recipe_of(recipe).PROMISES, how_held_out(recipe)
    assert (TIME_APART in said) == ("time apart" in promises)
    assert (ITEMS_APART in said) == ("items apart" in promises)
    assert (USERS_APART in said) == ("users apart" in promises)
    assert (IN_ORDER in said) == ("users in order" in promises and "users apart" not in promises)
    assert (NOTHING in said) == (not promises)
