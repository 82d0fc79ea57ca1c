"""The invented category is large enough for every kind of dirt, and the reader agrees with one that goes row by row."""

from pathlib import Path

import pytest
from invented_category import CATEGORY, META, REVIEWS, write_category

from explainrec_models.data import json_blocks, schema
from explainrec_models.data.json_lines import read_json_lines
from explainrec_models.data.request import Request
from explainrec_models.data.sources import amazon_2023


def _row_by_row(path: Path) -> dict[tuple[str, str], tuple[float, int]]:
    kept: dict[tuple[str, str], tuple[float, int]] = {}
    for _, review in read_json_lines(path):
        pair = review["user_id"].strip(), review["parent_asin"]
        moment = int(review["timestamp"] or review["sort_timestamp"])
        if pair not in kept or moment < kept[pair][1]:
            kept[pair] = review["rating"], moment
    return kept


def test_the_reader_mends_what_is_dirty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_category(tmp_path, 4_000_000, seed=3)
    monkeypatch.setattr(json_blocks, "BLOCK_BYTES", 50_000)
    tables = amazon_2023.read(tmp_path, Request(categories=(CATEGORY,)))
    rows = {(user, item): rest for user, item, *rest in tables.interactions.rows()}
    assert rows == {pair: list(values) for pair, values in _row_by_row(tmp_path / REVIEWS).items()}
    assert tables.interactions.height == len(rows)
    entries = [entry for _, entry in read_json_lines(tmp_path / META)]
    described = list(dict.fromkeys(entry["parent_asin"] for entry in entries))
    bare = tables.dropped["items_without_metadata"]
    assert tables.items[schema.ITEM_ID].to_list()[: len(described)] == described
    assert tables.items.height == len(described) + bare == written["items"] + bare
    assert tables.dropped["repeated_metadata"] == len(entries) - len(described)
    assert 3_500_000 < written["bytes"] < 4_500_000
    for reason in ("ids_with_blanks", "repeated_reviews", "items_without_title"):
        assert tables.dropped[reason] > 0
