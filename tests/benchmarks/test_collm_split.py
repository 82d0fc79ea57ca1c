"""CoLLM's split in this project's columns: on a miniature in the published layout, and on the real files."""

import gzip
import json
import os
from pathlib import Path

import polars as pl
import pytest
from collm_split import histories_before, movielens_ids, read_items, read_parts

from explainrec_models.data import schema

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"), "collm_ml1m")
MOVIES = "7::Ice, The (1994)::Drama\n8::Über (2000)::Comedy|Drama\n9::Left Out (1950)::Drama\n"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two items, numbered the other way round than in MovieLens, and two rows a part, the later one first."""
    monkeypatch.setenv("EXPLAINREC_REAL_DATA", str(tmp_path))
    (tmp_path / "collm_ml1m").mkdir()
    (tmp_path / "movielens-1m").mkdir()
    for number, name in enumerate(schema.PARTS):
        rows = {"uid": [1, 2], "iid": [1, 2], "label": [1, 0], "timestamp": [9 + 10 * number, 5 + 10 * number]}
        pl.DataFrame(rows).write_parquet(tmp_path / f"collm_ml1m/{name}.parquet")
    (tmp_path / "collm_ml1m/items.csv").write_text('iid,title\n1,Über (2000)\n2,"Ice, The (1994)"\n', encoding="utf-8")
    (tmp_path / "movielens-1m/movies.dat").write_text(MOVIES, encoding="latin-1")
    answer = json.dumps({"movie_id": 7, "omdb_Plot": "It thaws.", "omdb_Director": "Ann Lee"})
    (tmp_path / "movielens-1m/omdb_metadata.jsonl.gz").write_bytes(gzip.compress(f"{answer}\n".encode()))
    return tmp_path


@pytest.mark.usefixtures("published")
def test_rows_come_in_time_order_and_milliseconds() -> None:
    train, valid, test = read_parts()
    assert train.columns == list(schema.INTERACTION_COLUMNS)
    assert train.rows() == [("2", "2", 0.0, 5_000, 0), ("1", "1", 1.0, 9_000, 1)]
    assert [part[schema.TIMESTAMP].to_list() for part in (valid, test)] == [[15_000, 19_000], [25_000, 29_000]]


@pytest.mark.usefixtures("published")
def test_items_are_matched_by_title() -> None:
    assert movielens_ids() == {"1": "8", "2": "7"}
    items = read_items()
    assert items.columns == list(schema.ITEM_COLUMNS)
    assert items[schema.TITLE].to_list() == ["Über (2000)", "Ice, The (1994)"]
    assert items[schema.ATTRIBUTES].to_list() == [
        ["genre:Comedy", "genre:Drama", "decade:2000s"],
        ["genre:Drama", "decade:1990s"],
    ]
    assert items[schema.TEXT].to_list() == ["", "It thaws."]
    assert items[schema.IMAGE].to_list() == [None, None]


def test_histories_hold_strictly_earlier_rows_of_the_user() -> None:
    columns = (schema.USER_ID, schema.ITEM_ID, schema.LIKED, schema.TIMESTAMP)
    rows = [("u", "a", 1, 5), ("v", "b", 1, 5), ("u", "b", 0, 7), ("u", "c", 1, 7), ("u", "d", 1, 9)]
    events = pl.DataFrame(rows, schema=columns, orient="row")
    asked = pl.DataFrame({schema.USER_ID: ["u", "u", "w"], schema.TIMESTAMP: [9, 7, 9]})
    found = histories_before(asked, events)
    assert [history.item_ids for history in found] == [("a", "b", "c"), ("a",), ()]
    assert found[0].liked == (True, False, True)


def test_a_title_that_movielens_has_not_is_refused(published: Path) -> None:
    (published / "collm_ml1m/items.csv").write_text("iid,title\n1,Nowhere (1999)\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"1 titles that movielens-1m/movies\.dat has not, the first 'Nowhere"):
        movielens_ids()


@pytest.mark.skipif(not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with CoLLM's split")
def test_the_published_rows_and_items() -> None:
    parts, items = read_parts(), read_items()
    assert [part.height for part in parts] == [33_891, 10_401, 7_331]
    assert parts.train[schema.TIMESTAMP].max() < parts.valid[schema.TIMESTAMP].min()  # type: ignore[operator]
    assert parts.valid[schema.TIMESTAMP].max() < parts.test[schema.TIMESTAMP].min()  # type: ignore[operator]
    assert items.height == 3_255
    assert set(pl.concat(parts)[schema.ITEM_ID]) <= set(items[schema.ITEM_ID])
    fields = {attribute.partition(":")[0] for attribute in items[schema.ATTRIBUTES].explode().drop_nulls()}
    assert fields == {"genre", "decade", "director", "cast"}
    assert (items[schema.TEXT] != "").mean() > 0.95  # type: ignore[operator]
