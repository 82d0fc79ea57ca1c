"""What the later stages write about a small invented shop: everything right, for tests to spoil one thing at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.features import write_features
from explainrec_models.data.outputs import write_json
from explainrec_models.quality.limits import OutputLimits
from explainrec_models.quality.outputs import Folders, output_layers
from explainrec_models.quality.run import run_suites
from explainrec_models.quality.verdict import Verdict

ITEMS = [f"i{n}" for n in range(6)]
PICTURED = 4
WIDE = 5
SYSTEM = "invented"
Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass
class Outputs:
    root: Path

    @property
    def folders(self) -> Folders:
        names = ("prepared", "heldout", "image", "text", "labels", "predictions")
        return Folders(**{name: self.root / name for name in names})

    def change(self, path: str, change: Change) -> None:
        file = self.root / f"{path}.parquet"
        change(pl.read_parquet(file)).write_parquet(file)

    def check(self, limits: OutputLimits | None = None, *, fused: bool = False) -> Verdict:
        bounds = limits or OutputLimits()
        layers = output_layers(self.folders, [SYSTEM], bounds, fused=[SYSTEM] if fused else [])
        return run_suites(layers, dataset="shop", rows_at_once=bounds.rows_at_once)

    def failed(self) -> set[tuple[str, str]]:
        return {(one["layer"], one["name"]) for one in self.check()["expectations"] if not one["success"]}


def write_outputs(root: Path) -> Outputs:
    outputs = Outputs(root)
    for folder in vars(outputs.folders).values():
        folder.mkdir(parents=True)
    _write_rows(outputs.folders)
    _write_features(outputs.folders)
    _write_labels(outputs.folders)
    _write_predictions(outputs.folders.predictions / SYSTEM)
    return outputs


def _rows(rows: list[tuple[str, str, float, int]]) -> pl.DataFrame:
    columns = {
        schema.USER_ID: pl.String,
        schema.ITEM_ID: pl.String,
        schema.RATING: pl.Float32,
        schema.TIMESTAMP: pl.Int64,
    }
    label = (pl.col(schema.RATING) >= 4).cast(pl.Int8).alias(schema.LIKED)
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(label)


def _write_rows(folders: Folders) -> None:
    train = _rows([("u0", "i0", 5, 10), ("u1", "i1", 4, 20), ("u0", "i1", 2, 30), ("u1", "i2", 5, 40)])
    valid = _rows([("u0", "i2", 5, 50)])
    test = _rows([("u0", "i3", 5, 60), ("u1", "i3", 5, 70), ("u2", "i4", 1, 80)])
    items = pl.DataFrame(
        {
            schema.ITEM_ID: ITEMS,
            schema.TITLE: [f"Lamp {item}" for item in ITEMS],
            schema.ATTRIBUTES: [["colour:red"]] * len(ITEMS),
            schema.TEXT: [""] * len(ITEMS),
            schema.IMAGE: [f"{item}.jpg" if n < PICTURED else None for n, item in enumerate(ITEMS)],
            schema.CATEGORY: [""] * len(ITEMS),
        }
    )
    items.write_parquet(folders.prepared / "items.parquet")
    train.write_parquet(folders.prepared / "train.parquet")
    valid.write_parquet(folders.prepared / "valid.parquet")
    train.clear().write_parquet(folders.prepared / "context.parquet")
    columns = [schema.USER_ID, schema.ITEM_ID, schema.LIKED]
    valid.select(columns).write_parquet(folders.heldout / "valid.parquet")
    test.select(columns).write_parquet(folders.heldout / "test.parquet")
    test.filter(pl.col(schema.LIKED) == 1).select(columns[:2]).write_parquet(folders.heldout / "liked_test.parquet")


def _write_features(folders: Folders) -> None:
    vectors = list(np.random.default_rng(0).standard_normal((len(ITEMS), WIDE), dtype=np.float32))
    write_features(folders.image, ITEMS, [*vectors[:PICTURED], None, None], WIDE)
    write_features(folders.text, ITEMS, vectors, WIDE)


def _write_labels(folders: Folders) -> None:
    heads = {0: ("u0", "i1", 30, 0, 0.75), 1: ("u1", "i2", 40, 1, -0.5)}
    slots = [
        (0, schema.PRIOR, schema.PRIOR, 0.5),
        (0, schema.HISTORY, "i0", 0.5),
        (0, schema.ATTRIBUTE, "colour:red", -0.25),
        (1, schema.PRIOR, schema.PRIOR, 0.5),
        (1, schema.HISTORY, "i1", -1.0),
    ]
    columns = {
        schema.EXAMPLE_ID: pl.Int64,
        schema.SLOT: pl.String,
        schema.SOURCE: pl.String,
        schema.CONTRIBUTION: pl.Float32,
        schema.USER_ID: pl.String,
        schema.ITEM_ID: pl.String,
        schema.TIMESTAMP: pl.Int64,
        schema.LIKED: pl.Int8,
        schema.SCORE: pl.Float32,
    }
    rows = [(*slot, *heads[slot[0]]) for slot in slots]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(folders.labels / "labels.parquet")
    (folders.labels / "teacher").mkdir()
    write_json(folders.labels / "teacher" / "teacher.json", {"attributes": ["colour:red"]})


def _write_predictions(folder: Path) -> None:
    folder.mkdir()
    scored = [
        ("u0", "i2", 1, True, True, 0.9, "valid"),
        ("u0", "i3", 1, True, False, 0.5, "test"),
        ("u1", "i3", 1, True, False, 0.4, "test"),
        ("u2", "i4", 0, False, False, 0.1, "test"),
    ]
    columns = {
        schema.USER_ID: pl.String,
        schema.ITEM_ID: pl.String,
        schema.LIKED: pl.Int8,
        schema.WARM_USER: pl.Boolean,
        schema.WARM_ITEM: pl.Boolean,
        schema.SCORE: pl.Float32,
        schema.SPLIT: pl.String,
    }
    pl.DataFrame(scored, schema=columns, orient="row").write_parquet(folder / "pointwise.parquet")
    ranked = [
        ("u0", 1, "i3", 0.9),
        ("u0", 2, "i4", 0.9),
        ("u0", 3, "i5", 0.2),
        ("u1", 1, "i0", 0.3),
        ("u1", 2, "i3", 0.1),
    ]
    columns = {schema.USER_ID: pl.String, schema.RANK: pl.Int32, schema.ITEM_ID: pl.String, schema.SCORE: pl.Float32}
    pl.DataFrame(ranked, schema=columns, orient="row").write_parquet(folder / "ranking.parquet")
