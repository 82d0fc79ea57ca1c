"""What the slices ask: one set of rows at all numbers of shots, cold and warm items of the same users, catalogues."""

import numpy as np
import polars as pl
import pytest
from invented_rows import SEED, Row, table
from slices_data import (
    FIT_SHOTS,
    SHOTS,
    Cut,
    asked,
    cold_items,
    cold_users,
    first,
    of_some_users,
    other_category,
    other_dataset,
)

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.splits import recipe_of
from explainrec_models.params import Split

USERS = tuple(f"u{number}" for number in range(20))
ROWS = 24


def items(*ids: str) -> pl.DataFrame:
    """A catalogue of items that have a title and one attribute each."""
    return pl.DataFrame(
        {
            schema.ITEM_ID: ids,
            schema.TITLE: [f"title of {item}" for item in ids],
            schema.ATTRIBUTES: [[f"kind:{item}"] for item in ids],
            schema.TEXT: "",
            schema.IMAGE: None,
            schema.CATEGORY: "",
        }
    )


def rows(*found: tuple[str, str, int, int]) -> pl.DataFrame:
    """Rows of user, item, moment and label."""
    whole: list[Row] = [(user, item, liked, moment, None, None) for user, item, moment, liked in found]
    return table(whole).select(schema.INTERACTION_COLUMNS)


def targets(*pairs: tuple[str, str]) -> pl.DataFrame:
    """Rows to score; the label does not matter."""
    columns = (schema.USER_ID, schema.ITEM_ID)
    return pl.DataFrame(pairs, schema=columns, orient="row").with_columns(pl.lit(1).alias(schema.LIKED))


def users_cut(shots: int) -> Cut:
    """Twenty users of 24 rows, two rows a moment, cut by the recipe."""
    found = [(user, f"i{place}", place // 2, place % 3 % 2) for user in USERS for place in range(ROWS)]
    choice = Split(recipe="k-shot-users", share=0.25, shots=shots)
    split = recipe_of(choice.recipe).split(rows(*found), choice=choice, seed=SEED)
    corpus = Corpus("d", "thing", items("i0"), split.train, split.valid, split.context)
    return Cut(corpus, {schema.VALID: split.valid, schema.TEST: split.test})


def test_a_cold_user_is_known_by_what_the_recipe_shows_at_that_number_of_shots() -> None:
    found = cold_users(users_cut(max(SHOTS)))
    assert [one.name for one in found.slices] == [f"d, {shots} shots" for shots in SHOTS]
    for shots, one in zip(SHOTS, found.slices, strict=True):
        alone = users_cut(shots)
        assert one.test.rows.equals(alone.targets[schema.TEST])
        for side, known in ((one.valid, alone.corpus.histories), (one.test, alone.corpus.known_histories)):
            assert len(side.histories) == side.rows.height
            users = side.rows[schema.USER_ID].to_list()
            assert list(side.histories) == [known.get(user, History(user)) for user in users]
            assert {len(history) for history in side.histories} == {shots}


def test_a_fit_for_all_shots_knows_validation_users_by_the_middle_of_the_curve() -> None:
    corpus = cold_users(users_cut(max(SHOTS))).corpus
    alone = users_cut(FIT_SHOTS).corpus
    key = [schema.USER_ID, schema.ITEM_ID]
    assert corpus.context.sort(key).equals(alone.context.sort(key))
    assert corpus.train.equals(alone.train)


def test_the_first_rows_of_a_history() -> None:
    history = History("u", ("a", "b", "c"), (True, False, True), (1, 2, 3))
    assert first(history, 2) == History("u", ("a", "b"), (True, False), (1, 2))
    assert first(history, 0) == History("u")
    assert first(history, 9) == history


def test_warm_rows_are_of_rated_items_and_of_the_users_who_are_asked_about_cold_ones() -> None:
    train = rows(("u", "rated", 1, 1), ("w", "rated", 2, 0), ("x", "other", 3, 1))
    corpus = Corpus("d", "thing", items("cold", "other", "rated"), train, train.clear())
    ask = targets(("u", "cold"), ("v", "cold"))
    # `new` has no row at all, `cold` is held out, and nobody asks `w` about a cold item.
    later = targets(("u", "cold"), ("u", "new"), ("u", "other"), ("w", "other"))
    found = cold_items(Cut(corpus, {schema.VALID: ask, schema.TEST: ask}), Cut(corpus, {schema.TEST: later}))
    cold, warm = found.slices
    assert (cold.name, warm.name) == ("d", "d, warm")
    assert cold.test.rows.select(schema.USER_ID, schema.ITEM_ID).rows() == [("u", "cold")]
    assert warm.test.rows.select(schema.USER_ID, schema.ITEM_ID).rows() == [("u", "other")]
    assert cold.test.histories == warm.test.histories == [History("u", ("rated",), (True,), (1,))]
    assert found.ratios == [("d", "d, warm")]
    assert set(found.left_out.values()) == {1}


def test_a_user_of_another_category_is_known_by_validation_rows_too() -> None:
    train, valid = rows(("u", "a", 1, 1)), rows(("u", "b", 2, 0))
    asks = {schema.VALID: targets(("u", "b")), schema.TEST: targets(("u", "c"), ("new", "c"))}
    (one,) = other_category(Cut(Corpus("d", "thing", items("a", "b"), train, valid), asks), "Mugs").slices
    assert one.name == "to Mugs"
    assert [history.item_ids for history in one.valid.histories] == [("a",)]
    assert [history.item_ids for history in one.test.histories] == [("a", "b"), ()]


@pytest.fixture
def both() -> tuple[Cut, Cut]:
    """Two datasets that share a user id and an item id."""

    def embedded(*values: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {"text": (np.array(values, dtype=np.float32)[:, None], np.array(values) > 0)}

    train, valid = rows(("u", "x", 1, 1)), rows(("u", "y", 2, 0))
    films = Corpus("films", "film", items("x", "y"), train, valid, embeddings=embedded(1.0, 0.0))
    sold = rows(("u", "a", 5, 1)), rows(("u", "x", 6, 0))
    shop = Corpus("a shop", "product", items("a", "x"), *sold, embeddings=embedded(3.0, 4.0))
    asks = {schema.VALID: targets(("u", "y")), schema.TEST: targets(("u", "y"))}
    return Cut(films, asks), Cut(shop, {schema.VALID: targets(("u", "x")), schema.TEST: targets(("u", "x"))})


def test_one_catalogue_holds_both_datasets_and_rows_of_the_first_alone(both: tuple[Cut, Cut]) -> None:
    corpus = other_dataset(*both).corpus
    assert corpus.item_ids == ["a shop:a", "a shop:x", "films:x", "films:y"]
    assert corpus.titles["a shop:x"] == corpus.titles["films:x"] == "title of x"
    assert corpus.attributes["a shop:a"] == ("kind:a",)
    vectors, present = corpus.embeddings["text"]
    assert vectors[:, 0].tolist() == [3.0, 4.0, 1.0, 0.0]
    assert present.tolist() == [True, True, True, False]
    assert corpus.train[schema.ITEM_ID].to_list() == ["films:x"]
    assert corpus.valid[schema.USER_ID].to_list() == ["films:u"]
    assert corpus.context[schema.ITEM_ID].to_list() == ["a shop:a", "a shop:x"]


def test_the_shop_is_asked_about_behind_its_own_rows(both: tuple[Cut, Cut]) -> None:
    (one,) = other_dataset(*both).slices
    assert one.name == "films to a shop"
    assert one.test.rows[schema.ITEM_ID].to_list() == ["a shop:x"]
    assert [history.item_ids for history in one.test.histories] == [("a shop:a", "a shop:x")]
    assert [history.item_ids for history in one.valid.histories] == [("films:x",)]


def test_rows_of_an_unknown_user_stand_behind_nothing() -> None:
    assert asked(targets(("u", "a")), {}).histories == [History("u")]


def test_whole_users_are_drawn() -> None:
    rows = targets(*((user, item) for user in "abcd" for item in "xy"))
    drawn = of_some_users(rows, 2, seed=1)
    assert drawn[schema.USER_ID].value_counts()["count"].to_list() == [2, 2]
    assert of_some_users(rows, 9, seed=1).equals(rows)
    assert of_some_users(rows[::-1], 2, seed=1)[::-1].equals(drawn)
