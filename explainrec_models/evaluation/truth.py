"""Scoring explanations where the true reasons are known, as in invented data.

There a user's taste is a weight w[u, a] on attributes a, some of them visible only in pictures. The true reason for
which history item h speaks for item i is what they share: overlap(u, h, i) = Σ_a w[u, a]·[h has a]·[i has a].
``truth_score`` is the mean over explained examples of Spearman's correlation between the contributions of the history
items and that overlap, over examples with at least three history items and variation in both.

An **example** is one explained (user, item) of a system, or one labelled (user, item, moment).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import Measure, mean_measure
from explainrec_models.evaluation.tables import read_table

_OVERLAP = "overlap"
_FEWEST = 3
"""History items below which a rank correlation says nothing."""
_SHUFFLES = 20
_SMALLEST_SHARE = 1e-12
"""Differences below this share of an example's largest value are rounding, not variation."""


@dataclass(frozen=True)
class Truth:
    """The true reasons.

    Attributes:
        weights: user_id, attribute, weight, kind.
        items: item_id, attribute; one row a pair.
    """

    weights: pl.DataFrame
    items: pl.DataFrame


def read_truth(folder: Path) -> Truth:
    """Read ``users.parquet`` and ``items.parquet``.

    Raises:
        MissingArtefactError: a file is not there.
        DataError: a column is missing, a kind is unknown, or a (user, attribute) pair has two weights.
    """
    made_by = "the truth folder named in params.yaml"
    wanted = (schema.USER_ID, c.TRUE_ATTRIBUTE, c.WEIGHT, c.KIND)
    weights = read_table(folder / "users.parquet", wanted, made_by=made_by)
    items = read_table(folder / "items.parquet", (schema.ITEM_ID, c.TRUE_ATTRIBUTE), made_by=made_by).unique()
    unknown = sorted(set(weights[c.KIND].unique().to_list()) - set(c.KINDS))
    if unknown:
        message = f"{folder / 'users.parquet'}: unknown kind(s) {', '.join(unknown)}; known: {', '.join(c.KINDS)}"
        raise DataError(message)
    doubled = weights.filter(pl.struct(schema.USER_ID, c.TRUE_ATTRIBUTE).is_duplicated())
    if doubled.height:
        first = doubled.sort(schema.USER_ID, c.TRUE_ATTRIBUTE).row(0, named=True)
        message = (
            f"{folder / 'users.parquet'}: user {first[schema.USER_ID]} has more than one weight on "
            f"{first[c.TRUE_ATTRIBUTE]}; one row a pair is expected"
        )
        raise DataError(message)
    return Truth(weights, items)


def history_overlaps(contributions: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """Return one row an example and history item: example_id, user_id, source, contribution, overlap.

    ``contributions`` holds example_id, user_id, item_id, slot, source and contribution.
    """
    keys = [schema.EXAMPLE_ID, schema.USER_ID, schema.ITEM_ID, schema.SOURCE]
    history = (
        contributions.filter(pl.col(schema.SLOT) == schema.HISTORY)
        .group_by(keys, maintain_order=True)
        .agg(pl.col(schema.CONTRIBUTION).sum())
    )
    shared = (
        history.select(keys)
        .join(truth.items, on=schema.ITEM_ID)
        .join(truth.items.rename({schema.ITEM_ID: schema.SOURCE}), on=[schema.SOURCE, c.TRUE_ATTRIBUTE])
        .join(truth.weights, on=[schema.USER_ID, c.TRUE_ATTRIBUTE])
        .sort(*keys, c.TRUE_ATTRIBUTE)
        .group_by(keys, maintain_order=True)
        .agg(pl.col(c.WEIGHT).sum().alias(_OVERLAP))
    )
    joined = history.join(shared, on=keys, how="left", maintain_order="left")
    return (
        joined.with_columns(pl.col(_OVERLAP).fill_null(0.0)).drop(schema.ITEM_ID).sort(schema.EXAMPLE_ID, schema.SOURCE)
    )


def correlations(overlaps: pl.DataFrame) -> pl.DataFrame:
    """Return user_id and Spearman's correlation of each example that has one."""
    enough = (pl.len() >= _FEWEST) & _varies(schema.CONTRIBUTION) & _varies(_OVERLAP)
    return (
        overlaps.filter(enough.over(schema.EXAMPLE_ID))
        .group_by(schema.EXAMPLE_ID, schema.USER_ID, maintain_order=True)
        .agg(pl.corr(schema.CONTRIBUTION, _OVERLAP, method="spearman").alias("correlation"))
    )


def history_measures(contributions: pl.DataFrame, truth: Truth, users: list[str], *, seed: int) -> dict[str, Measure]:
    """Return ``truth_score`` and its control with contributions shuffled within each example (mean of 20 shuffles)."""
    overlaps = history_overlaps(contributions, truth)
    generator = np.random.default_rng(seed)
    shuffled = pl.concat(correlations(shuffled_within_examples(overlaps, generator)) for _ in range(_SHUFFLES))
    per_example = shuffled.group_by(schema.EXAMPLE_ID, schema.USER_ID, maintain_order=True).agg(
        pl.col("correlation").mean()
    )
    return {
        "truth_score": mean_measure(correlations(overlaps), "correlation", users),
        "truth_shuffled_score": mean_measure(per_example, "correlation", users),
    }


def shuffled_within_examples(rows: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """Permute ``contribution`` among the rows of each example."""
    ordered = rows.sort(schema.EXAMPLE_ID, maintain_order=True)
    examples = ordered[schema.EXAMPLE_ID].rle_id().to_numpy()
    permutation = np.lexsort((generator.random(len(examples)), examples))
    return ordered.with_columns(ordered[schema.CONTRIBUTION].gather(permutation))


def _varies(column: str) -> pl.Expr:
    values = pl.col(column)
    return (values.max() - values.min()) > _SMALLEST_SHARE * values.abs().max()
