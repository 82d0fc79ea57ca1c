"""Stage ``prepare``: raw rows in, time-cut tables out, every dropped row counted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.loading import read_raw
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.data.splits import TemporalSplit, temporal_split
from explainrec_models.quality.prepared import validate_prepared
from explainrec_models.quality.verdict import VERDICT_NAME, require_success


@dataclass(frozen=True)
class PrepareReport:
    """Counts of what was kept and dropped."""

    rows: Mapping[str, int]
    users: int
    items: int
    like_share: float
    dropped: Mapping[str, int]
    heldout: Mapping[str, int]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def prepare(
    out: Path,
    heldout_out: Path,
    *,
    key: str,
    raw: Path,
    layout: str,
    categories: Sequence[str],
    like_threshold: float,
    valid_from: str,
    test_from: str,
    users: int,
    rows_per_user: int,
    seed: int,
) -> PrepareReport:
    """Write training, validation and held-out tables.

    What may shape training is in ``train.parquet``, ``valid.parquet`` and ``items.parquet`` under ``out``. The item
    table lists items that have metadata or a row before the test cut, so that no test row can add to it.

    Args:
        out: folder for the tables that systems may see.
        heldout_out: folder for the rows that only scoring and evaluation read.
        key: the dataset's key.
        raw: folder that ``fetch`` wrote.
        layout: how the raw files are laid out.
        categories: categories to read, for layouts that have them.
        like_threshold: ratings from here on are likes.
        valid_from: first validation day.
        test_from: first test day.
        users: held-out users to sample for each of validation and test.
        rows_per_user: held-out rows a user at most.
        seed: of both samples.

    Raises:
        DataError: a raw file is not what it claims to be, or a cut leaves a part empty.
        QualityError: what was written fails a critical expectation of the prepared layer.
    """
    tables = read_raw(raw, layout=layout, categories=categories)
    rows = tables.interactions.with_columns(
        (pl.col(schema.RATING) >= like_threshold).cast(pl.Int8).alias(schema.LIKED)
    ).select(schema.INTERACTION_COLUMNS)
    split = temporal_split(rows, valid_from=valid_from, test_from=test_from)
    known = pl.concat([split.train, split.valid])
    items = _items(tables.items, known)
    heldout = {
        schema.VALID: _targets(split.valid, split.train, users, rows_per_user, seed),
        schema.TEST: _targets(split.test, known, users, rows_per_user, seed),
    }
    report = PrepareReport(
        rows={name: getattr(split, name).height for name in ("train", "valid", "test")},
        users=rows[schema.USER_ID].n_unique(),
        items=items.height,
        like_share=round(float(rows[schema.LIKED].mean() or 0.0), 6),  # type: ignore[arg-type]
        dropped=dict(sorted(tables.dropped.items())),
        heldout={f"{name}_rows": table.height for name, table in heldout.items()}
        | {f"{name}_users": table[schema.USER_ID].n_unique() for name, table in heldout.items()},
    )
    _write_prepared(out, items, split, report)
    with replacing(heldout_out) as folder:
        _write_heldout(folder, heldout, split, known, report)
        verdict = validate_prepared(
            out, folder, dataset=key, like_threshold=like_threshold, valid_from=valid_from, test_from=test_from
        )
        write_json(folder / VERDICT_NAME, verdict)
        advice = f"The stage itself is wrong, or {raw} changed while it was read; please report it."
        require_success(verdict, advice=advice)
    return report


def _items(described: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Keep items with metadata or with a row before the test cut; sorted by id."""
    seen = known.select(pl.col(schema.ITEM_ID).unique())
    # Readers name an item without metadata by its id; one that only a later row mentions is not known yet.
    is_described = pl.col(schema.TITLE) != pl.col(schema.ITEM_ID)
    described = described.filter(is_described | pl.col(schema.ITEM_ID).is_in(seen[schema.ITEM_ID].implode()))
    bare = seen.join(described, on=schema.ITEM_ID, how="anti").with_columns(
        pl.col(schema.ITEM_ID).alias(schema.TITLE),
        pl.lit([], dtype=pl.List(pl.String)).alias(schema.ATTRIBUTES),
        pl.lit("").alias(schema.TEXT),
        pl.lit(None, dtype=pl.String).alias(schema.IMAGE),
        pl.lit("").alias(schema.CATEGORY),
    )
    columns = list(schema.ITEM_COLUMNS)
    return pl.concat([described.select(columns), bare.select(columns)]).sort(schema.ITEM_ID)


def _targets(part: pl.DataFrame, past: pl.DataFrame, users: int, rows_per_user: int, seed: int) -> pl.DataFrame:
    """Sample users and rows to score; a (user, item) pair that the past already holds is no target."""
    keys = [schema.USER_ID, schema.ITEM_ID]
    fresh = part.unique(keys, keep="first", maintain_order=True).join(past, on=keys, how="anti", maintain_order="left")
    generator = np.random.default_rng(seed)
    everyone = sorted(fresh[schema.USER_ID].unique().to_list())
    chosen = sorted(generator.permutation(everyone)[:users].tolist())
    sampled = fresh.filter(pl.col(schema.USER_ID).is_in(chosen))
    order = pl.Series("order", generator.permutation(sampled.height))
    kept = (
        sampled.with_columns(order)
        .sort("order")
        .group_by(schema.USER_ID, maintain_order=True)
        .head(rows_per_user)
        .sort(schema.USER_ID, schema.TIMESTAMP, schema.ITEM_ID)
    )
    return kept.select(
        *keys,
        schema.LIKED,
        pl.col(schema.USER_ID).is_in(past[schema.USER_ID].unique().implode()).alias(schema.WARM_USER),
        pl.col(schema.ITEM_ID).is_in(past[schema.ITEM_ID].unique().implode()).alias(schema.WARM_ITEM),
    )


def _write_prepared(out: Path, items: pl.DataFrame, split: TemporalSplit, report: PrepareReport) -> None:
    with replacing(out) as folder:
        items.write_parquet(folder / "items.parquet")
        split.train.write_parquet(folder / "train.parquet")
        split.valid.write_parquet(folder / "valid.parquet")
        facts = {"rows": {name: report.rows[name] for name in ("train", "valid")}, "items": items.height}
        write_json(folder / REPORT_NAME, facts)


def _write_heldout(
    folder: Path, heldout: Mapping[str, pl.DataFrame], split: TemporalSplit, known: pl.DataFrame, report: PrepareReport
) -> None:
    test_users = heldout[schema.TEST][schema.USER_ID].unique().implode()
    is_tested = pl.col(schema.USER_ID).is_in(test_users)
    keys = [schema.USER_ID, schema.ITEM_ID]
    relevant = (
        split.test.filter(is_tested & (pl.col(schema.LIKED) == 1))
        .unique(keys, keep="first", maintain_order=True)
        .join(known, on=keys, how="anti")
        .sort(keys)
    )
    for name, table in heldout.items():
        table.write_parquet(folder / f"{name}.parquet")
    relevant.select(keys).write_parquet(folder / "liked_test.parquet")
    write_json(folder / REPORT_NAME, report.summary())
