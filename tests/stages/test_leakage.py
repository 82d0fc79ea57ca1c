"""A planted future row changes no byte of any training artefact: tables, labels, fitted systems, tuned adapters."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from prepared_shop import SHOP, label_shop, prepare_shop
from tiny_model import write_tiny_language_model

from explainrec_models.data import schema
from explainrec_models.data.features import write_features
from explainrec_models.data.outputs import write_json
from explainrec_models.registry import system_names
from explainrec_models.stages.card import card
from explainrec_models.stages.tune import tune

SETTINGS: dict[str, dict[str, Any]] = {
    "tallrec": {"shots": 4, "epochs": 1, "valid_users": 3},
    "sasrec": {"embedding_size": 8, "epochs": 1},
    "explainrec": {"epochs": 1, "attribution_questions": 4, "max_rows": 300, "valid_rows": 100},
}
LATER = 1_680_000_000_000
"""In 2023, behind the last row of the shop."""


def plant(shop: Path) -> None:
    """Put the strongest lies first in the file: a known user, a stranger and an item that nobody knew."""
    reviews = shop / "Mugs.jsonl"
    text = reviews.read_text(encoding="utf-8")
    first = json.loads(text.partition("\n")[0])
    known = json.loads(text.splitlines()[5])["parent_asin"]
    lies = [
        {**first, "rating": 5.0, "timestamp": LATER, "user_id": user, "parent_asin": item, "asin": item}
        for user in (first["user_id"], "STRANGER")
        for item in (known, "NEVERSEEN")
    ]
    reviews.write_text("".join(json.dumps(row) + "\n" for row in lies) + text, encoding="utf-8")


def train_everything(root: Path, language_model: Path, *, planted: bool) -> Path:
    """Run every stage that makes a training artefact."""
    shutil.copytree(SHOP, root / "raw")
    if planted:
        plant(root / "raw")
    prepare_shop(root, raw=root / "raw")
    items = pl.read_parquet(root / "prepared/items.parquet")[schema.ITEM_ID].to_list()
    vectors = [np.random.default_rng(list(item.encode())).random(4, dtype=np.float32) for item in items]
    for kind in ("image", "text"):
        (root / kind).mkdir()
        write_features(root / kind, items, vectors, 4)
    label_shop(root, root / "trained/labels", looks=4)
    for system in system_names():
        settings = SETTINGS.get(system, {})
        card(root / f"cards/{system}.json", system=system, settings=settings, seed=1, language_model=language_model)
        tune(
            root / "trained" / system,
            card=root / f"cards/{system}.json",
            prepared=root / "prepared",
            features={},
            key="shop",
            noun="product",
            language_model=language_model,
            scratch=root / "scratch",
        )
    return root


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_a_planted_future_row_changes_no_training_artefact(tmp_path: Path) -> None:
    language_model = write_tiny_language_model(tmp_path / "language-model")
    write_json(language_model / "report.json", {"name": "tiny", "sha256": "0", "note": ""})
    honest = train_everything(tmp_path / "honest", language_model, planted=False)
    planted = train_everything(tmp_path / "planted", language_model, planted=True)
    for part in ("prepared", "trained"):
        before, after = contents(honest / part), contents(planted / part)
        assert before.keys() == after.keys()
        assert [name for name in before if before[name] != after[name]] == []
    # The lies did arrive, in the only place where they may: the rows to be scored.
    rows = [json.loads((root / "heldout/report.json").read_text())["rows"]["test"] for root in (honest, planted)]
    # Three of four: the pair that the known user had reviewed before is a repetition, and the earlier review stays.
    assert rows[1] == rows[0] + 3
