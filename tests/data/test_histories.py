"""Histories: oldest first, immutable, cut and thinned without touching the rest."""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.histories import Histories, History

ROWS = pl.DataFrame(
    {
        schema.USER_ID: ["b", "a", "a", "a"],
        schema.ITEM_ID: ["1", "2", "3", "2"],
        schema.LIKED: [1, 0, 1, 1],
        schema.TIMESTAMP: [5, 9, 1, 9],
    }
)


def test_histories_are_in_time_order_with_ties_in_file_order() -> None:
    history = Histories(ROWS)["a"]
    assert history.item_ids == ("3", "2", "2")
    assert history.liked == (True, False, True)
    assert history.timestamps == (1, 9, 9)


def test_without_deletes_every_row_of_an_item() -> None:
    assert Histories(ROWS)["a"].without(["2"]) == History("a", ("3",), (True,), (1,))


def test_last_keeps_the_most_recent() -> None:
    history = Histories(ROWS)["a"]
    assert history.last(2).item_ids == ("2", "2")
    assert history.last(99) == history
    assert len(history.last(0)) == 0


def test_liked_items_leave_out_dislikes() -> None:
    assert Histories(ROWS)["a"].liked_items() == ("3", "2")


def test_only_and_without_are_complements() -> None:
    history = Histories(ROWS)["a"]
    assert history.only(["2"]) == history.without(["3"])
    assert history.only([]) == History("a")
