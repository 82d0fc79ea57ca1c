"""Features by hand, the two ways to them, and that no label describes its own row."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainrec_models.data import schema
from explainrec_models.data.examples import windows
from explainrec_models.data.histories import History
from explainrec_models.parts.like_rates import ItemAttributes, LikeCounts, LikeRates, Numbers
from explainrec_models.parts.taste_features import FEATURES, Scale, Taste, features_in_time, training_features

ATTRIBUTES = ItemAttributes.of({"a": ("x", "y"), "b": (), "c": ("y",), "d": ("x",)})
ROW = st.tuples(st.sampled_from("uvwz"), st.sampled_from("abcde"), st.integers(0, 4), st.booleans())


def table(rows: list[tuple[str, str, int, bool]]) -> pl.DataFrame:
    cells = [(user, item, float(liked), moment, int(liked)) for user, item, moment, liked in rows]
    types = [pl.String, pl.String, pl.Float32, pl.Int64, pl.Int8]
    return pl.DataFrame(cells, schema=dict(zip(schema.INTERACTION_COLUMNS, types, strict=True)), orient="row")


def scale_of(rows: pl.DataFrame, smoothing: float = 2.0) -> Scale:
    items, liked = ATTRIBUTES.items(rows[schema.ITEM_ID]), rows[schema.LIKED].to_numpy().astype(np.float64)
    return Scale(ATTRIBUTES, LikeRates.of(ATTRIBUTES, LikeCounts.of(ATTRIBUTES, items, liked), smoothing), smoothing)


def all_of(rows: pl.DataFrame) -> Numbers:
    return training_features(rows, np.ones(rows.height, dtype=np.bool_), ATTRIBUTES, folds=3, smoothing=2.0, seed=1)


def test_features_by_hand() -> None:
    """Without counted rows every rate is 1/2. Likes of a and d, a dislike of c: the user's rate is (2 + 1)/(3 + 2)."""
    taste = Taste.of(scale_of(table([])), History("u", ("a", "d", "c"), (True, True, False), (1, 2, 3)))
    found = dict(zip(FEATURES, taste.features(ATTRIBUTES.items(["a"]))[0], strict=True))
    rate, x, y = 0.6, (2 - 2 * 0.6) / (2 + 2), (1 - 2 * 0.6) / (2 + 2)
    assert found == pytest.approx(
        {
            "item_rate": 0.5,
            "item_rows": 0.0,
            "item_content_rate": 0.5,
            "user_rate": rate,
            "user_rows": np.log(4),
            "user_leniency": (2 * 0.5 - 0.5) / 5,
            "taste_weighted": (3 - 4 * rate) / (4 + 2),
            "taste_mean": (x + y) / 2,
            "taste_rows": np.log(5),
        }
    )


def test_a_stranger_and_an_item_without_attributes_have_no_taste() -> None:
    scale = scale_of(table([("v", "a", 1, True)]))
    assert Taste(scale).features(ATTRIBUTES.items(["a", "b", "elsewhere"]))[:, 4:].tolist() == [[0.0] * 5] * 3


@settings(deadline=None, max_examples=50)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_the_walk_through_time_equals_reading_each_window(rows: list[tuple[str, str, int, bool]]) -> None:
    ordered = table(rows).sort(schema.TIMESTAMP, maintain_order=True)
    scale = scale_of(ordered)
    walked = features_in_time(ordered, np.ones(ordered.height, dtype=np.bool_), scale)
    examples = windows(ordered, history_length=100)
    read = [Taste.of(scale, one.history).features(ATTRIBUTES.items([one.item_id]))[0] for one in examples]
    np.testing.assert_allclose(walked, np.array(read), atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(st.lists(ROW, min_size=2, max_size=25), st.data())
def test_a_label_never_describes_its_own_row(rows: list[tuple[str, str, int, bool]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    user, item, moment, liked = rows[place]
    turned = [*rows[:place], (user, item, moment, not liked), *rows[place + 1 :]]
    np.testing.assert_array_equal(all_of(table(rows))[place], all_of(table(turned))[place])


@settings(deadline=None, max_examples=50)
@given(st.lists(ROW, min_size=2, max_size=25), st.data())
def test_no_later_row_of_the_user_describes_a_row(rows: list[tuple[str, str, int, bool]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    user, moment = rows[place][0], rows[place][2]
    turned = [(one, item, when, liked != (one == user and when >= moment)) for one, item, when, liked in rows]
    np.testing.assert_array_equal(all_of(table(rows))[place], all_of(table(turned))[place])


def test_wanted_rows_are_described_as_among_all() -> None:
    rows = table([("u", "a", 1, True), ("v", "c", 2, False), ("u", "c", 3, True), ("w", "d", 4, False)])
    wanted = np.array([False, True, True, False])
    some = training_features(rows, wanted, ATTRIBUTES, folds=3, smoothing=2.0, seed=1)
    np.testing.assert_array_equal(some, all_of(rows)[wanted])
