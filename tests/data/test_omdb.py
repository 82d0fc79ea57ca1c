"""Invented OMDb answers; the real ones too, where EXPLAINREC_REAL_DATA names their folder."""

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from explainrec_models.data import omdb, schema
from explainrec_models.data.bare_items import bare_items
from explainrec_models.data.movielens_items import read_items
from explainrec_models.data.omdb import enrich
from explainrec_models.data.raw_tables import ITEM_SCHEMA
from explainrec_models.errors import DataError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))


def answer(movie_id: Any, **fields: Any) -> dict[str, Any]:
    known = {"Title": "Any", "Plot": "N/A", "Director": "N/A", "Actors": "N/A", "Response": "True"}
    return {"movie_id": movie_id} | {f"omdb_{name}": value for name, value in (known | fields).items()}


def written(folder: Path, *answers: dict[str, Any]) -> Path:
    path = folder / "omdb.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in answers), encoding="utf-8")
    return path


def catalogue(*ids: str) -> pl.DataFrame:
    return bare_items(pl.DataFrame({schema.ITEM_ID: ids, schema.CATEGORY: ""}))


def test_plots_and_shared_names_are_added_and_all_else_is_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        answer(1, Plot=" A lamp&#39;s\n life. ", Director="Ann Lee", Actors="Bo, Cy, Di, Ed", imdbRating="9.9"),
        answer("2", Director="Ann Lee (co-director), Uma Ray", Actors="Cy, Cy , Flo"),
        answer(3, Plot="N/A", Director="Ann Lee", Actors="N/A"),
        answer(3, Plot="Another."),
        answer(4, Response="False", Error="Movie not found!"),
        answer(99, Plot="Unknown."),
    )
    items, counts = enrich(catalogue("3", "1", "2", "4"), path)
    assert items.schema == ITEM_SCHEMA
    assert items.select(schema.ITEM_ID, schema.TEXT, schema.ATTRIBUTES).rows() == [
        ("3", "", ["director:Ann Lee"]),
        ("1", "A lamp's life.", ["director:Ann Lee"]),
        ("2", "", ["director:Ann Lee"]),
        ("4", "", []),
    ]
    assert counts == {
        "details_matched": 3,
        "details_of_unknown_items": 1,
        "details_rare_people": 6,  # Uma Ray; Bo, Cy and Di of the first film, as Ed comes fourth; Cy and Flo
        "details_repeated": 1,
        "details_without_answer": 1,
        "details_without_plot": 2,
        "items_without_details": 1,
    }


def test_names_as_omdb_writes_them_and_gzip(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl.gz"
    rows = [{"movie_id": number, "Actors": "Cy, Bo", "Plot": "P"} for number in (1, 2, 3)]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    items, _ = enrich(catalogue("1", "2", "3"), path)
    assert items[schema.ATTRIBUTES].to_list() == [["cast:Cy", "cast:Bo"]] * 3
    assert items[schema.TEXT].to_list() == ["P"] * 3


def test_only_the_most_frequent_names_become_attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omdb, "_MOST_NAMES", 1)
    path = written(tmp_path, *(answer(number, Actors="Bo, Cy" if number else "Cy") for number in range(4)))
    items, _ = enrich(catalogue("0", "1", "2", "3"), path)
    assert items[schema.ATTRIBUTES].to_list() == [["cast:Cy"]] * 4


def test_a_text_of_the_item_is_kept(tmp_path: Path) -> None:
    items = catalogue("1").with_columns(pl.lit("Own text.").alias(schema.TEXT))
    enriched, _ = enrich(items, written(tmp_path, answer(1, Plot="Another.")))
    assert enriched[schema.TEXT].to_list() == ["Own text."]


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    enriched, _ = enrich(catalogue("1"), written(tmp_path, answer(1, Plot="Half \ud800.")))
    assert enriched[schema.TEXT].to_list() == ["Half ?."]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"imdbID": "tt1"}, "found movie_id None, expected the movie's id as in the ratings, under 'movie_id'"),
        (answer(movie_id=True), "found movie_id True, expected the movie's id"),
        (answer(2, Plot=["a"]), "found Plot ['a'], expected text, or N/A"),
        (answer(2, Actors={"a": 1}), "found Actors {'a': 1}, expected text, or N/A"),
    ],
)
def test_a_malformed_answer_is_named(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    path = written(tmp_path, answer(1), entry)
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))}, line 2, byte \d+: {re.escape(message)}"):
        enrich(catalogue("2", "1"), path)


@pytest.mark.skipif(not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files")
def test_the_real_answers_about_movielens_1m() -> None:
    folder = REAL / "movielens-1m"
    items, _ = read_items(folder / "movies.dat")
    enriched, counts = enrich(items, folder / "omdb_metadata.jsonl.gz")
    assert (counts["details_matched"], counts["details_without_plot"]) == (3_883, 27)
    assert enriched.filter(pl.col(schema.TEXT) != "").height == 3_856
    heat = enriched.filter(pl.col(schema.TITLE) == "Heat (1995)")[schema.ATTRIBUTES].item().to_list()
    assert heat[-4:] == ["director:Michael Mann", "cast:Al Pacino", "cast:Robert De Niro", "cast:Val Kilmer"]
