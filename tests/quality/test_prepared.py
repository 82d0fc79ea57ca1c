"""The condition on what ``prepare`` writes, each expectation on tables that violate exactly it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.days import milliseconds
from explainrec_models.errors import MissingArtefactError
from explainrec_models.quality.prepared import validate_prepared
from explainrec_models.quality.verdict import Verdict

DAY = 24 * 60 * 60 * 1000
VALID_FROM, TEST_FROM = "2022-03-01", "2022-04-01"
Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass
class Folders:
    prepared: Path
    heldout: Path
    choices: dict[str, Any] = field(
        default_factory=lambda: {
            "like_threshold": 4,
            "promises": frozenset({"time apart"}),
            "valid_from": VALID_FROM,
            "test_from": TEST_FROM,
        }
    )

    def change(self, layer: str, change: Change) -> None:
        folder, _, name = layer.partition("_")
        path = getattr(self, folder) / f"{name}.parquet"
        change(pl.read_parquet(path)).write_parquet(path)

    def check(self, **choices: Any) -> Verdict:
        return validate_prepared(self.prepared, self.heldout, dataset="shop", **{**self.choices, **choices})


@pytest.fixture
def folders(tmp_path: Path, items: pl.DataFrame, interactions: pl.DataFrame) -> Folders:
    made = Folders(tmp_path / "prepared", tmp_path / "heldout")
    made.prepared.mkdir()
    made.heldout.mkdir()
    rows = interactions.with_columns(
        (pl.col(schema.RATING) >= 4).cast(pl.Int8).alias(schema.LIKED),
        pl.col(schema.USER_ID, schema.ITEM_ID).cast(pl.String),
    )
    moment = pl.col(schema.TIMESTAMP)
    train = rows.filter(moment < milliseconds(VALID_FROM))
    valid = rows.filter(moment.is_between(milliseconds(VALID_FROM), milliseconds(TEST_FROM), closed="left"))
    test = rows.filter(moment >= milliseconds(TEST_FROM))
    # Rows of a user of their own, so that no pair of a held-out table is known.
    context = train.head(3).with_columns(pl.lit("u of context").alias(schema.USER_ID))
    for name, table in {"items": items, "train": train, "valid": valid, "context": context}.items():
        table.write_parquet(made.prepared / f"{name}.parquet")
    targets = [schema.USER_ID, schema.ITEM_ID, schema.LIKED]
    valid.select(targets).write_parquet(made.heldout / "valid.parquet")
    test.select(targets).write_parquet(made.heldout / "test.parquet")
    test.filter(pl.col(schema.LIKED) == 1).select(targets[:2]).write_parquet(made.heldout / "liked_test.parquet")
    return made


def failed(verdict: Verdict) -> set[tuple[str, str]]:
    return {(one["layer"], one["name"]) for one in verdict["expectations"] if not one["success"]}


def first(column: str, value: object) -> Change:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        given = pl.lit(value, dtype=table.schema[column])
        return table.with_columns(pl.when(pl.int_range(pl.len()) == 0).then(given).otherwise(column).alias(column))

    return change


def last(column: str, value: object) -> Change:
    return lambda table: first(column, value)(table.reverse()).reverse()


def every(column: str, value: object) -> Change:
    return lambda table: table.with_columns(pl.lit(value, dtype=table.schema[column]).alias(column))


def again(table: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([table, table.tail(1)])


CUT = milliseconds(VALID_FROM)
VIOLATIONS: list[tuple[str, str, Change]] = [
    ("prepared_items", "items are listed once", again),
    ("prepared_items", "column title has no missing value", first(schema.TITLE, None)),
    ("prepared_train", "rows lie between their cuts", last(schema.TIMESTAMP, CUT)),
    ("prepared_train", "rows are in time order", first(schema.TIMESTAMP, CUT - DAY)),
    ("prepared_train", "likes are ratings from the threshold on", first(schema.LIKED, 1)),
    ("prepared_train", "items are in the item table", first(schema.ITEM_ID, "unheard of")),
    ("prepared_train", "user and item pairs occur once", again),
    ("prepared_train", "column rating has no missing value", first(schema.RATING, None)),
    ("prepared_valid", "rows lie between their cuts", first(schema.TIMESTAMP, CUT - 1)),
    ("prepared_context", "rows lie between their cuts", last(schema.TIMESTAMP, milliseconds(TEST_FROM))),
    ("prepared_context", "rows are in time order", first(schema.TIMESTAMP, CUT - 1)),
    ("heldout_test", "user and item pairs occur once", again),
    ("heldout_test", "items are in the item table", first(schema.ITEM_ID, "unheard of")),
    ("heldout_test", "pairs are new to the past", lambda _: pl.DataFrame(
        {schema.USER_ID: ["u0"], schema.ITEM_ID: ["i0"], schema.LIKED: [0]}
    )),
    ("heldout_valid", "pairs are new to the past", lambda _: pl.DataFrame(
        {schema.USER_ID: ["u of context"], schema.ITEM_ID: ["i0"], schema.LIKED: [0]}
    )),
    ("heldout_valid", "column liked has no missing value", first(schema.LIKED, None)),
    ("heldout_liked_test", "column user_id has no missing value", first(schema.USER_ID, None)),
]  # fmt: skip
WARNINGS = {("prepared_train", "user and item pairs occur once"), ("heldout_test", "items are in the item table")}


def test_good_tables_pass(folders: Folders) -> None:
    verdict = folders.check()
    assert failed(verdict) == set()
    assert verdict["success"]
    assert {one["layer"] for one in verdict["expectations"]} == {
        "prepared_items", "prepared_train", "prepared_valid", "prepared_context",
        "heldout_valid", "heldout_test", "heldout_liked_test",
    }  # fmt: skip


def test_large_tables_are_counted_with_the_same_verdict(folders: Folders) -> None:
    promises = frozenset({"time apart", "users in order", "users apart", "items apart"})
    by_row = folders.check(promises=promises)
    assert failed(by_row)
    assert folders.check(promises=promises, rows_at_once=0) == by_row


@pytest.mark.parametrize(("layer", "name", "change"), VIOLATIONS, ids=[f"{v[0]}: {v[1]}" for v in VIOLATIONS])
def test_an_expectation_fails_alone(layer: str, name: str, change: Change, folders: Folders) -> None:
    folders.change(layer, change)
    verdict = folders.check()
    assert failed(verdict) == {(layer, name)}
    assert verdict["success"] == ((layer, name) in WARNINGS)


def test_a_row_from_after_the_cut_is_shown_with_its_day(folders: Folders) -> None:
    folders.change("prepared_train", last(schema.TIMESTAMP, milliseconds(TEST_FROM)))
    found = [one for one in folders.check()["expectations"] if not one["success"]]
    assert [one["observed"] for one in found] == ["1 of 59 rows (1.69%) do not fit, such as 1648771200000 (2022-04-01)"]
    assert [one["expected"] for one in found] == ["before 2022-03-01"]


def test_context_may_be_empty(folders: Folders) -> None:
    folders.change("prepared_context", lambda rows: rows.clear())
    assert folders.check()["success"]


def test_without_promises_only_the_tables_themselves_are_judged(folders: Folders) -> None:
    folders.change("prepared_valid", first(schema.TIMESTAMP, CUT - 40 * DAY))
    assert folders.check(promises=frozenset(), valid_from=None, test_from=None)["success"]


def test_parts_apart_in_time_are_compared_where_no_date_cuts(folders: Folders) -> None:
    undated = {"valid_from": None, "test_from": None}
    assert folders.check(**undated)["success"]
    folders.change("prepared_valid", first(schema.TIMESTAMP, CUT - 2 * DAY))
    assert failed(folders.check(**undated)) == {("prepared_valid", "rows come after the part before")}


@pytest.mark.parametrize("past", ["prepared_train", "prepared_context"])
def test_users_in_order_are_compared_with_their_own_past(past: str, folders: Folders) -> None:
    in_order = {"promises": frozenset({"users in order"}), "valid_from": None, "test_from": None}
    rule = ("prepared_valid", "rows come after the user's earlier parts")
    assert folders.check(**in_order)["success"]
    # The first validation row moves to a day of training, but its user has no row there.
    folders.change("prepared_valid", first(schema.USER_ID, "u of nobody"))
    folders.change("prepared_valid", first(schema.TIMESTAMP, CUT - 58 * DAY))
    assert folders.check(**in_order)["success"]
    folders.change(past, last(schema.USER_ID, "u of nobody"))
    assert failed(folders.check(**in_order)) == {rule}


@pytest.mark.parametrize(("kind", "column"), [("users", schema.USER_ID), ("items", schema.ITEM_ID)])
def test_held_out_users_and_items_have_no_earlier_row(kind: str, column: str, folders: Folders) -> None:
    apart = {"promises": frozenset({f"{kind} apart"}), "valid_from": None, "test_from": None}
    name = f"{kind} are apart from earlier parts"
    places = {("prepared_valid", name), ("heldout_valid", name), ("heldout_test", name), ("heldout_liked_test", name)}
    assert failed(folders.check(**apart)) == places
    mine, other, third = ("i0", "i1", "i2") if kind == "items" else ("u0", "u1", "u2")
    folders.change("prepared_train", every(column, mine))
    folders.change("prepared_valid", every(column, other))
    folders.change("heldout_valid", lambda rows: every(column, other)(rows).head(1))
    for table in ("heldout_test", "heldout_liked_test"):
        folders.change(table, lambda rows: every(column, third)(rows).head(1))
    assert not failed(folders.check(**apart)) & places
    # A test row of a validation user, or item, is no less known than one of a training user.
    folders.change("heldout_test", every(column, other))
    assert failed(folders.check(**apart)) & places == {("heldout_test", name)}


def test_context_holds_no_training_user_where_users_are_apart(folders: Folders) -> None:
    apart = {"promises": frozenset({"users apart"}), "valid_from": None, "test_from": None}
    rule = ("prepared_context", "users are apart from earlier parts")
    assert rule not in failed(folders.check(**apart))
    folders.change("prepared_context", first(schema.USER_ID, "u0"))
    assert rule in failed(folders.check(**apart))


def test_events_are_all_likes_and_need_no_rating(folders: Folders) -> None:
    for name in ("train", "valid", "context"):
        folders.change(f"prepared_{name}", every(schema.RATING, None))
        folders.change(f"prepared_{name}", every(schema.LIKED, 1))
    assert folders.check(implicit=True)["success"]
    folders.change("prepared_train", first(schema.LIKED, 0))
    assert failed(folders.check(implicit=True)) == {("prepared_train", "every event is a like")}


def test_a_missing_table_names_the_stage_that_writes_it(folders: Folders) -> None:
    (folders.heldout / "test.parquet").unlink()
    with pytest.raises(MissingArtefactError, match=r"test\.parquet is not there\. The stage 'prepare' writes it"):
        folders.check()


def test_data_docs_are_written_on_request_with_what_was_left_out(folders: Folders, tmp_path: Path) -> None:
    verdict = folders.check(docs=tmp_path / "docs", dropped={"rows_before_start": 12})
    assert verdict["dropped"] == {"rows_before_start": 12}
    page = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    assert "prepared_train" in page
    assert "rows before start" in page
