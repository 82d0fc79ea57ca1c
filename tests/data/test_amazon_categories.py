"""Categories of different kinds in one dataset: reviews here, ratings there, metadata for some."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.amazon_categories import metadata_files, read_categories
from explainrec_models.data.amazon_metadata import identified
from explainrec_models.data.category_files import META, CategoryFiles
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.data.request import Request
from explainrec_models.errors import MissingArtefactError

FILES = CategoryFiles(
    "invented",
    roles={"rows": ("{}.txt",), "more": ("{}.more.txt",), META: ("meta_{}.json",)},
    ways=[["rows"], ["more"]],
)
BOTH = Request(categories=("Mugs", "Lamps"))


def _rows(path: Path, counts: Counter[str]) -> Iterator[pl.DataFrame]:
    for line in path.read_text().splitlines():
        user, item, rating, time = line.split()
        counts["lines"] += 1
        yield pl.DataFrame([(user, item, float(rating), int(time))], schema=RAW_INTERACTION_SCHEMA, orient="row")


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    return identified(path, ("title",), identifier="sku")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "Mugs.txt").write_text("u1 M1 4 20\nu1 M1 5 10\n")
    (tmp_path / "Lamps.more.txt").write_text("u1 M1 3 5\nu2 L1 3 5\n")
    (tmp_path / "meta_Mugs.json").write_text(json.dumps({"sku": " M1 ", "title": "Mug"}))
    return tmp_path


def test_categories_become_one_dataset(raw: Path) -> None:
    tables = read_categories(raw, BOTH, FILES, rows={"rows": _rows, "more": _rows}, entries=_entries)
    assert tables.interactions.rows() == [("u1", "M1", 3.0, 5), ("u2", "L1", 3.0, 5)]
    assert tables.items.select(schema.ITEM_ID, schema.TITLE, schema.CATEGORY).rows() == [
        ("M1", "Mug", "Mugs"),
        ("L1", "L1", "Lamps"),
    ]
    assert {reason: count for reason, count in tables.dropped.items() if count} == {
        "categories_without_metadata": 1,
        "items_without_metadata": 1,
        "lines": 4,
        "repeated_reviews": 2,
    }


def test_metadata_are_those_that_are_there(raw: Path) -> None:
    assert metadata_files(raw, BOTH, FILES) == [raw / "meta_Mugs.json"]


def test_a_category_without_rows_is_refused(raw: Path) -> None:
    (raw / "Mugs.txt").unlink()
    with pytest.raises(MissingArtefactError, match=r"no file for category Mugs: expected Mugs\.txt or Mugs\.more\.txt"):
        read_categories(raw, BOTH, FILES, rows={"rows": _rows, "more": _rows}, entries=_entries)
