"""Stage ``prepare``: raw rows in, the parts of a split out, every dropped row counted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.candidates import CANDIDATES_NAME
from explainrec_models.data.loading import read_raw
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.schema import PARTS
from explainrec_models.data.splits import Split, cut, recipe_of, split_digest
from explainrec_models.data.tables import write_parquet
from explainrec_models.params import Split as Choice
from explainrec_models.quality.prepared import validate_prepared
from explainrec_models.quality.verdict import VERDICT_NAME, require_success

PAIR = [schema.USER_ID, schema.ITEM_ID]
DIGESTED_ROWS = 2_000_000
"""Sorting and hashing more rows than this costs more than reading them; larger splits are hashed for a pin only."""


@dataclass(frozen=True)
class PrepareReport:
    """Counts of what was kept and dropped.

    Attributes:
        rows: of each part.
        dropped: reason to count, of what the reader and the split left out, repaired or filled in.
        noted: what else is worth knowing of rows that are in a part, counted.
        heldout: rows and users to score.
        split_sha256: of the rows of all parts, for ``split.sha256`` in params.yaml; empty for large splits
            without a pin.
    """

    recipe: str
    rows: Mapping[str, int]
    users: int
    items: int
    like_share: float
    dropped: Mapping[str, int]
    noted: Mapping[str, int]
    heldout: Mapping[str, int]
    split_sha256: str

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
    request: Request,
    like_threshold: float,
    choice: Choice,
    users: int,
    rows_per_user: int,
    seed: int,
) -> PrepareReport:
    """Write training, validation and held-out tables.

    What may shape training is in ``train.parquet``, ``valid.parquet`` and ``items.parquet`` under ``out``; what the
    histories of held-out users hold besides is in ``context.parquet``. The item table lists items that have metadata or
    a row outside the test part, so that no test row can add to it.

    Args:
        out: folder for the tables that systems may see.
        heldout_out: folder for the rows that only scoring and evaluation read.
        key: the dataset's key.
        raw: folder that ``fetch`` wrote.
        layout: how the raw files are laid out.
        request: what params.yaml asks of the layout.
        like_threshold: ratings from here on are likes; events without ratings all are.
        choice: the split.
        users: held-out users to sample for each of validation and test; where candidate lists are published, test
            users are those that have one, as far as there are enough.
        rows_per_user: held-out rows a user at most.
        seed: of both samples, and of recipes that draw.

    Raises:
        ParamsError: the split lacks a setting.
        DataError: a raw file is not what it claims to be, or a part is empty.
        QualityError: what was written fails a critical expectation of the prepared layer.
    """
    tables = read_raw(raw, layout=layout, request=request)
    split = cut(_labelled(tables, like_threshold), choice=choice, seed=seed)
    described, dropped, implicit = tables.items, dict(tables.dropped), tables.implicit
    candidates = tables.candidates
    # 25 million rows take half a gigabyte: the raw ones are not needed any more.
    del tables
    past = {schema.VALID: pl.concat([split.train, split.context])}
    past[schema.TEST] = pl.concat([split.train, split.valid, split.context])
    items = _items(described, past[schema.TEST])
    first = {schema.VALID: None, schema.TEST: None if candidates is None else candidates[schema.USER_ID].unique()}
    heldout = {
        name: _targets(getattr(split, name), past[name], users, rows_per_user, seed, first=first[name])
        for name in (schema.VALID, schema.TEST)
    }
    report = _report(split, choice, items, heldout, dropped)
    # Both or neither: rows to score belong to the training rows that they were cut from.
    with replacing(out) as folder, replacing(heldout_out) as heldout_folder:
        _write_prepared(folder, items, split, report)
        _write_heldout(heldout_folder, heldout, split, past[schema.TEST], report)
        if candidates is not None:
            write_parquet(candidates, heldout_folder / CANDIDATES_NAME)
        del split, past
        verdict = validate_prepared(
            folder,
            heldout_folder,
            dataset=key,
            like_threshold=like_threshold,
            promises=recipe_of(choice.recipe).PROMISES,
            valid_from=choice.valid_from,
            test_from=choice.test_from,
            implicit=implicit,
        )
        write_json(heldout_folder / VERDICT_NAME, verdict)
        advice = f"The stage itself is wrong, or {raw} changed while it was read; please report it."
        require_success(verdict, advice=advice)
    return report


def _labelled(tables: RawTables, like_threshold: float) -> pl.DataFrame:
    """Return the rows with their label and, for recipes that cut by it, the category of their item."""
    is_like = pl.lit(value=True) if tables.implicit else pl.col(schema.RATING) >= like_threshold
    rows = tables.interactions.with_columns(is_like.cast(pl.Int8).alias(schema.LIKED))
    categories = tables.items.select(pl.col(schema.ITEM_ID).cast(pl.Categorical), schema.CATEGORY)
    if categories[schema.CATEGORY].n_unique() <= 1:
        only = categories[schema.CATEGORY].first() if categories.height else ""
        return rows.with_columns(pl.lit(only).alias(schema.CATEGORY))
    return rows.join(categories, on=schema.ITEM_ID, how="left", maintain_order="left")


def _items(described: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Keep items with metadata or with a row outside the test part; sorted by id."""
    seen = known[schema.ITEM_ID].unique().cast(pl.String)
    # Readers list every item that a row mentions, and name one without metadata by its id;
    # one that only a test row mentions is not known yet.
    is_described = pl.col(schema.TITLE) != pl.col(schema.ITEM_ID)
    is_seen = pl.col(schema.ITEM_ID).is_in(seen.implode())
    return described.filter(is_described | is_seen).select(schema.ITEM_COLUMNS).sort(schema.ITEM_ID)


def _fresh(part: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Return the first row of each pair that the past does not hold."""
    of_these_users = past.filter(pl.col(schema.USER_ID).is_in(part[schema.USER_ID].unique().implode()))
    return part.unique(PAIR, keep="first", maintain_order=True).join(
        of_these_users, on=PAIR, how="anti", maintain_order="left"
    )


def _targets(
    part: pl.DataFrame, past: pl.DataFrame, users: int, rows_per_user: int, seed: int, *, first: pl.Series | None
) -> pl.DataFrame:
    """Sample users and rows to score; a (user, item) pair that the past already holds is no target.

    The users in ``first`` are taken before any other: rankings of published candidates need those that have some.
    """
    generator = np.random.default_rng(seed)
    everyone = sorted(part[schema.USER_ID].unique().cast(pl.String).to_list())
    shuffled = generator.permutation(everyone).tolist()
    if first is not None:
        before = set(first.cast(pl.String).to_list())
        shuffled.sort(key=lambda user: user not in before)
    sampled = _first_with_targets(part, past, shuffled, users)
    order = pl.Series("order", generator.permutation(sampled.height))
    kept = (
        sampled.with_columns(order)
        .sort("order")
        .group_by(schema.USER_ID, maintain_order=True)
        .head(rows_per_user)
        .sort(schema.USER_ID, schema.TIMESTAMP, schema.ITEM_ID)
    )
    return kept.select(
        *PAIR,
        schema.LIKED,
        _is_known(kept, past, schema.USER_ID).alias(schema.WARM_USER),
        _is_known(kept, past, schema.ITEM_ID).alias(schema.WARM_ITEM),
    )


def _first_with_targets(part: pl.DataFrame, past: pl.DataFrame, order: list[str], users: int) -> pl.DataFrame:
    """Return the targets of the first ``users`` in ``order`` that have any; the past is asked for these alone."""
    size = users
    while True:
        tried = pl.Series(order[:size], dtype=pl.String)
        fresh = _as_text(_fresh(_rows_of(part, schema.USER_ID, tried), past))
        found = set(fresh[schema.USER_ID].unique().to_list())
        if len(found) >= users or size >= len(order):
            chosen = [user for user in order[:size] if user in found][:users]
            return fresh.filter(pl.col(schema.USER_ID).is_in(chosen))
        size *= 2


def _rows_of(rows: pl.DataFrame, column: str, ids: pl.Series) -> pl.DataFrame:
    return rows.filter(pl.col(column).is_in(ids.cast(pl.Categorical).implode()))


def _is_known(kept: pl.DataFrame, past: pl.DataFrame, column: str) -> pl.Expr:
    known = _rows_of(past.select(column), column, kept[column].unique())[column].unique().cast(pl.String)
    return pl.col(column).is_in(known.implode())


def _as_text(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(PAIR).cast(pl.String))


def _report(
    split: Split,
    choice: Choice,
    items: pl.DataFrame,
    heldout: Mapping[str, pl.DataFrame],
    dropped: Mapping[str, int],
) -> PrepareReport:
    rows = {name: getattr(split, name).height for name in (*PARTS, "context")}
    parts = pl.concat([getattr(split, name).lazy() for name in rows])
    users, likes = parts.select(pl.col(schema.USER_ID).n_unique(), pl.col(schema.LIKED).mean()).collect().row(0)
    hashed = choice.sha256 is not None or sum(rows.values()) <= DIGESTED_ROWS
    return PrepareReport(
        recipe=choice.recipe,
        rows=rows,
        users=users,
        items=items.height,
        like_share=round(float(likes or 0.0), 6),
        dropped=dict(sorted({**dropped, **split.left_out}.items())),
        noted=dict(split.noted),
        heldout={f"{name}_rows": table.height for name, table in heldout.items()}
        | {f"{name}_users": table[schema.USER_ID].n_unique() for name, table in heldout.items()},
        split_sha256=split_digest(split) if hashed else "",
    )


def _write_prepared(folder: Path, items: pl.DataFrame, split: Split, report: PrepareReport) -> None:
    write_parquet(items, folder / "items.parquet")
    for name in ("train", "valid", "context"):
        part: pl.DataFrame = getattr(split, name)
        write_parquet(part.lazy().with_columns(pl.col(PAIR).cast(pl.String)), folder / f"{name}.parquet")
    facts = {"rows": {name: report.rows[name] for name in ("train", "valid", "context")}, "items": items.height}
    write_json(folder / REPORT_NAME, facts)


def _write_heldout(
    folder: Path, heldout: Mapping[str, pl.DataFrame], split: Split, known: pl.DataFrame, report: PrepareReport
) -> None:
    tested = heldout[schema.TEST][schema.USER_ID].unique().cast(pl.Categorical).implode()
    liked = split.test.filter(pl.col(schema.USER_ID).is_in(tested) & (pl.col(schema.LIKED) == 1))
    for name, table in heldout.items():
        write_parquet(table, folder / f"{name}.parquet")
    write_parquet(_as_text(_fresh(liked, known)).sort(PAIR).select(PAIR), folder / "liked_test.parquet")
    write_json(folder / REPORT_NAME, report.summary())
