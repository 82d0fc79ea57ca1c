"""Items known by id alone: each once, in the order of first mention, and counted."""

from collections import Counter

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.bare_items import bare_items, mentioned_items, with_bare_items
from explainrec_models.data.raw_tables import ITEM_SCHEMA


def test_bare_items_have_the_schema() -> None:
    items = bare_items(pl.DataFrame({schema.ITEM_ID: ["7"], schema.CATEGORY: [""]}))
    assert items.schema == ITEM_SCHEMA
    assert items.rows() == [("7", "7", [], "", None, "")]


def test_items_are_mentioned_in_the_order_of_the_rows() -> None:
    frames = [pl.DataFrame({schema.ITEM_ID: ids}).cast(pl.Categorical()) for ids in (["b", "a", "b"], ["c", "a"])]
    assert mentioned_items(frames, "Mugs").rows() == [("b", "Mugs"), ("a", "Mugs"), ("c", "Mugs")]
    assert mentioned_items([], "Mugs").rows() == []


def test_items_that_only_reviews_mention_are_added_once() -> None:
    items = pl.DataFrame([("a", "Mug", ["store:Kiln"], "Clay.", None, "Mugs")], schema=ITEM_SCHEMA, orient="row")
    mentioned = pl.DataFrame(
        {schema.ITEM_ID: ["b", "a", "b"], schema.CATEGORY: ["Mugs", "Mugs", "Lamps"]},
    )
    counts: Counter[str] = Counter()
    assert with_bare_items(items, mentioned, counts).rows() == [*items.rows(), ("b", "b", [], "", None, "Mugs")]
    assert counts == {"items_without_metadata": 1}
