"""The condition on what ``prepare`` writes, each expectation on tables that violate exactly it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.splits import milliseconds
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

    def change(self, layer: str, change: Change) -> None:
        folder, _, name = layer.partition("_")
        path = getattr(self, folder) / f"{name}.parquet"
        change(pl.read_parquet(path)).write_parquet(path)

    def check(self) -> Verdict:
        return validate_prepared(
            self.prepared, self.heldout, dataset="shop", like_threshold=4, valid_from=VALID_FROM, test_from=TEST_FROM
        )


@pytest.fixture
def folders(tmp_path: Path, items: pl.DataFrame, interactions: pl.DataFrame) -> Folders:
    made = Folders(tmp_path / "prepared", tmp_path / "heldout")
    made.prepared.mkdir()
    made.heldout.mkdir()
    rows = interactions.with_columns((pl.col(schema.RATING) >= 4).cast(pl.Int8).alias(schema.LIKED))
    moment = pl.col(schema.TIMESTAMP)
    train = rows.filter(moment < milliseconds(VALID_FROM))
    valid = rows.filter(moment.is_between(milliseconds(VALID_FROM), milliseconds(TEST_FROM), closed="left"))
    test = rows.filter(moment >= milliseconds(TEST_FROM))
    for name, table in {"items": items, "train": train, "valid": valid, "histories": pl.concat([valid, train])}.items():
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
    ("prepared_histories", "rows lie between their cuts", first(schema.TIMESTAMP, milliseconds(TEST_FROM))),
    ("heldout_test", "user and item pairs occur once", again),
    ("heldout_test", "items are in the item table", first(schema.ITEM_ID, "unheard of")),
    ("heldout_test", "pairs are new to the past", lambda _: pl.DataFrame(
        {schema.USER_ID: ["u0"], schema.ITEM_ID: ["i0"], schema.LIKED: [0]}
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
        "prepared_items", "prepared_train", "prepared_valid", "prepared_histories",
        "heldout_valid", "heldout_test", "heldout_liked_test",
    }  # fmt: skip


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


def test_histories_may_be_absent(folders: Folders) -> None:
    (folders.prepared / "histories.parquet").unlink()
    assert folders.check()["success"]


def test_a_missing_table_names_the_stage_that_writes_it(folders: Folders) -> None:
    (folders.heldout / "test.parquet").unlink()
    with pytest.raises(MissingArtefactError, match=r"test\.parquet is not there\. The stage 'prepare' writes it"):
        folders.check()


def test_data_docs_are_written_on_request(folders: Folders, tmp_path: Path) -> None:
    validate_prepared(
        folders.prepared,
        folders.heldout,
        dataset="shop",
        like_threshold=4,
        valid_from=VALID_FROM,
        test_from=TEST_FROM,
        docs=tmp_path / "docs",
    )
    assert "prepared_train" in (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
