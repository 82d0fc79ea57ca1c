"""Reasons against the true ones of invented data, for every source of attributions alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import draw_weights, mean_measure
from explainrec_models.evaluation.explanation.citations import feature_scores
from explainrec_models.evaluation.explanation.evidence import Attribution, importance_order
from explainrec_models.evaluation.results import Results
from explainrec_models.evaluation.truth import Truth, history_measures, history_overlaps
from explainrec_models.evaluation.truth_reasons import name_looks, reason_measures
from explainrec_models.parts.explanation import Explanation

CONTRIBUTIONS_SCHEMA = {
    schema.EXAMPLE_ID: pl.String,
    schema.USER_ID: pl.String,
    schema.ITEM_ID: pl.String,
    schema.SLOT: pl.String,
    schema.SOURCE: pl.String,
    schema.CONTRIBUTION: pl.Float64,
}


def history_rows(user: str, item: str, pieces: Sequence[str], values: Attribution) -> list[tuple[Any, ...]]:
    """Return an attribution as rows of ``CONTRIBUTIONS_SCHEMA``."""
    head = (f"{user} {item}", user, item, schema.HISTORY)
    return [(*head, piece, float(value)) for piece, value in zip(pieces, values, strict=True)]


def other_rows(user: str, explanation: Explanation) -> list[tuple[Any, ...]]:
    """Return what an explanation says of attributes and the prior as such rows."""
    head = (f"{user} {explanation.item_id}", user, explanation.item_id)
    others = [one for one in explanation.contributions if one.slot != schema.HISTORY]
    return [(*head, one.slot, one.source, one.value) for one in others]


def named_scores(overlaps: pl.DataFrame, *, count: int) -> pl.DataFrame:
    """Return user_id, precision and recall of the first ``count`` pieces of each example.

    A true reason is a history item whose overlap with the explained one is positive: it shares what the user loves. An
    example without one tells nothing and is left out.

    Args:
        overlaps: of ``truth.history_overlaps``.
        count: how many pieces an explanation names.
    """
    rows = []
    for (_, user), part in overlaps.group_by(schema.EXAMPLE_ID, schema.USER_ID, maintain_order=True):
        sources = part[schema.SOURCE].to_list()
        first = importance_order(part[schema.CONTRIBUTION].to_numpy())[:count]
        wanted = part.filter(pl.col("overlap") > 0)[schema.SOURCE].to_list()
        if wanted:
            scores = feature_scores([sources[place] for place in first], wanted)
            rows.append((user, scores.precision, scores.recall))
    return pl.DataFrame(
        rows, schema={schema.USER_ID: pl.String, "precision": pl.Float64, "recall": pl.Float64}, orient="row"
    )


def measure_truths(
    by_source: Mapping[str, Sequence[tuple[Any, ...]]],
    truth: Truth,
    *,
    own: str,
    count: int,
    resamples: int,
    seed: int,
) -> Results:
    """Return precision and recall of true reasons and the rank correlation with them, of every source.

    Args:
        by_source: rows of ``CONTRIBUTIONS_SCHEMA``; of ``own`` with attributes and prior where it has them.
        truth: the true reasons.
        own: the source whose attributes are held against the true ones as well.
        count: how many pieces an explanation names.
        resamples: of the users.
        seed: of resamples and shuffles.
    """
    tables = {name: pl.DataFrame(rows, schema=CONTRIBUTIONS_SCHEMA, orient="row") for name, rows in by_source.items()}
    users = sorted({user for table in tables.values() for user in table[schema.USER_ID]})
    weights = draw_weights(len(users), resamples, seed=seed)
    results = Results()
    for source, table in tables.items():
        named = named_scores(history_overlaps(table, truth), count=count)
        measures = {
            f"truth_precision_at_{count}_score": mean_measure(named, "precision", users),
            f"truth_recall_at_{count}_score": mean_measure(named, "recall", users),
            **history_measures(table, truth, users, seed=seed),
        }
        if source == own and (table[schema.SLOT] == schema.ATTRIBUTE).any():
            measures |= reason_measures(table, truth, name_looks(table, truth), users, seed=seed)
        for metric, measure in measures.items():
            results.add(source, metric, measure, weights)
    return results


def values_of(results: Results, wanted: Sequence[str] | None = None) -> dict[str, dict[str, dict[str, float | None]]]:
    """Return value, low and high by source and metric; of all metrics, or of those that are ``wanted``."""
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for row in results.intervals().iter_rows(named=True):
        if wanted is None or row[c.METRIC] in wanted:
            bounds = {name: _short(row[name]) for name in (c.VALUE, c.LOW, c.HIGH)}
            found.setdefault(row[schema.SYSTEM], {})[row[c.METRIC]] = bounds
    return found


def _short(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(f"{value:.4g}")
