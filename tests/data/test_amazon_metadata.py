import json
from collections import Counter
from pathlib import Path

import pytest

from explainrec_models.data import amazon_metadata, schema
from explainrec_models.data.amazon_metadata import read_addresses, read_items
from explainrec_models.data.raw_tables import ITEM_SCHEMA


def _write(path: Path, *entries: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return path


def test_the_first_entry_about_an_item_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon_metadata, "_CHUNK_ROWS", 2)
    entries: list[dict[str, object]] = [{"parent_asin": name, "title": f"Mug {name}"} for name in "abac"]
    mugs = _write(tmp_path / "mugs", *entries)
    lamps = _write(tmp_path / "lamps", {"parent_asin": "c", "title": "Lamp"}, {"parent_asin": "d", "title": None})
    counts: Counter[str] = Counter()
    items = read_items({"Mugs": mugs, "Lamps": lamps, "Rugs": None}, counts)
    assert items.schema == ITEM_SCHEMA
    assert items.select(schema.ITEM_ID, schema.TITLE, schema.CATEGORY).rows() == [
        ("a", "Mug a", "Mugs"),
        ("b", "Mug b", "Mugs"),
        ("c", "Mug c", "Mugs"),
        ("d", "d", "Lamps"),
    ]
    assert counts == {"repeated_metadata": 2, "items_without_title": 1, "categories_without_metadata": 1}


def test_addresses_are_those_of_the_first_entry_about_an_item(tmp_path: Path) -> None:
    first, second = ([{"large": f"https://example.invalid/{number}.jpg"}] for number in (1, 2))
    path = _write(
        tmp_path / "meta",
        {"parent_asin": "a ", "images": first},
        {"parent_asin": "a", "images": second},
        {"parent_asin": "b", "images": []},
        {"parent_asin": "c"},
    )
    assert read_addresses([path]) == {"a": "https://example.invalid/1.jpg"}
