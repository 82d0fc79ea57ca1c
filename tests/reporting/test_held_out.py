"""Every recipe says what it holds out, and promises no more than it keeps."""

from explainrec_models.data.splits import recipe_names, recipe_of
from explainrec_models.reporting.held_out import DONE, TIME_APART, how_held_out


def test_every_recipe_says_what_it_does() -> None:
    assert sorted(DONE) == recipe_names()


def test_only_recipes_that_promise_it_keep_the_future_out() -> None:
    for name in recipe_names():
        assert (TIME_APART in how_held_out(name)) == ("time apart" in recipe_of(name).PROMISES)
    assert how_held_out("temporal") == (
        "Time decides, one test cut for all users: nothing from after the test cut reached training."
    )
    assert how_held_out("given").endswith("published: training rows may be later than held-out ones.")
    assert "those of other users may be" in how_held_out("leave-one-out")
