"""Measuring the explanations of each system, and the labels, with intervals over their own users."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.outputs import REPORT_NAME, require
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import draw_weights
from explainrec_models.evaluation.faithfulness import (
    count_without_spread,
    deletion_curve,
    faithfulness_measures,
    grounding_measure,
    score_drops,
)
from explainrec_models.evaluation.results import Results
from explainrec_models.evaluation.tables import read_table
from explainrec_models.evaluation.truth import Truth, history_measures
from explainrec_models.evaluation.truth_reasons import name_looks, reason_measures

_PAIR = (schema.USER_ID, schema.ITEM_ID)
_CONTRIBUTIONS = (*_PAIR, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION)
NO_EXPLANATION = "the system gives no explanation"
_NO_EVIDENCE = "no explanation cites a history item, or no score of the list differs from the others"
_NO_ORDER = "no example has three history items that differ both in contribution and in truth"
_NO_REASON = "no example has such a true reason, or no explanation weighs such a reason"


@dataclass(frozen=True)
class Explained:
    """What one system's ``explain`` stage wrote."""

    contributions: pl.DataFrame
    reasons: pl.DataFrame
    deletions: pl.DataFrame


def read_explained(folder: Path, *, made_by: str) -> Explained | None:
    """Read the three tables; None where the stage ran and the system explains nothing.

    Raises:
        MissingArtefactError: the stage has not run, or one of the three tables is missing.
        DataError: a column is missing.
    """
    require(folder / REPORT_NAME, made_by=made_by)
    files = {name: folder / f"{name}.parquet" for name in ("contributions", "reasons", "deletions")}
    if not any(path.exists() for path in files.values()):
        return None
    explained = Explained(
        read_table(files["contributions"], _CONTRIBUTIONS, made_by=made_by),
        read_table(files["reasons"], (*_PAIR, c.CITED_ITEMS, c.HISTORY_ITEMS), made_by=made_by),
        read_table(files["deletions"], (*_PAIR, c.REMOVED, c.COUNT, schema.SCORE, c.SCORE_WITHOUT), made_by=made_by),
    )
    return explained if explained.reasons.height else None


def read_labels(folder: Path, *, made_by: str) -> pl.DataFrame:
    """Read the attribution labels as contributions with ``example_id``."""
    table = read_table(folder / "labels.parquet", (schema.EXAMPLE_ID, *_CONTRIBUTIONS), made_by=made_by)
    return table.with_columns(pl.col(schema.EXAMPLE_ID).cast(pl.String))


def measure_explanations(
    results: Results,
    explained: Mapping[str, Explained | None],
    rankings: Mapping[str, pl.DataFrame],
    histories: pl.DataFrame,
    *,
    depth: int,
    resamples: int,
    seed: int,
) -> tuple[pl.DataFrame, dict[str, dict[str, int]]]:
    """Add comprehensiveness and grounding of every system that explains.

    ``histories`` holds user_id and item_id of the recorded rows before the test cut; ``depth`` is the number of ranks
    over which a system's score has its standard deviation. Returns the deletion curves (system, removed, count,
    mean_score_drop) and counts per system.
    """
    curves = [_NO_CURVE]
    counts = {}
    for system, tables in explained.items():
        if tables is None:
            for metric in ("comprehensiveness_score", "grounding_score"):
                results.miss(system, metric, NO_EXPLANATION)
            continue
        drops = score_drops(tables.deletions, rankings[system], depth=depth)
        users = _users(tables.reasons, drops)
        measures = faithfulness_measures(drops, users)
        measures["grounding_score"] = grounding_measure(tables.reasons, histories, users)
        weights = draw_weights(len(users), resamples, seed=seed)
        for metric, measure in measures.items():
            results.add(system, metric, measure, weights, empty=_NO_EVIDENCE)
        curves.append(deletion_curve(drops).select(pl.lit(system).alias(schema.SYSTEM), pl.all()))
        counts[system] = {
            "explained": tables.reasons.height,
            "explained_without_citation": tables.reasons.filter(pl.col(c.CITED_ITEMS).list.len() == 0).height,
            "explained_without_score_spread": count_without_spread(drops),
        }
    return pl.concat(curves, how="vertical_relaxed"), counts


def measure_truth(
    results: Results,
    explained: Mapping[str, Explained | None],
    labels: pl.DataFrame,
    truth: Truth,
    *,
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    """Add the truth scores of every system that explains and of the labels, under the name ``labels``.

    Returns:
        The name each look got by source, the number of true attributes that no item has, and the examples per system.
    """
    sources = {system: _as_examples(tables.contributions) for system, tables in explained.items() if tables is not None}
    sources[c.LABELS] = labels
    # Two sources may have clustered pictures differently and yet use the same numbers.
    looks = {name: name_looks(table, truth) for name, table in sources.items()}
    for system, tables in explained.items():
        if tables is None:
            results.miss(system, "truth_score", NO_EXPLANATION)
    examples = {}
    for system, contributions in sources.items():
        users = _users(contributions)
        examples[system] = contributions[schema.EXAMPLE_ID].n_unique()
        if not users:
            results.miss(system, "truth_score", "it has no contributions")
            continue
        weights = draw_weights(len(users), resamples, seed=seed)
        for metric, measure in history_measures(contributions, truth, users, seed=seed).items():
            results.add(system, metric, measure, weights, empty=_NO_ORDER)
        for metric, measure in reason_measures(contributions, truth, looks[system], users, seed=seed).items():
            results.add(system, metric, measure, weights, empty=_NO_REASON)
    orphans = truth.weights.join(truth.items, on=c.TRUE_ATTRIBUTE, how="anti")[c.TRUE_ATTRIBUTE].n_unique()
    named = {source: found for source, found in looks.items() if found}
    return {"looks": named, "attributes_on_no_item": orphans, "examples": examples}


_NO_CURVE = pl.DataFrame(
    schema={schema.SYSTEM: pl.String, c.REMOVED: pl.String, c.COUNT: pl.Int64, c.MEAN_SCORE_DROP: pl.Float64}
)


def _users(*tables: pl.DataFrame) -> list[str]:
    return sorted(set().union(*(table[schema.USER_ID].unique().to_list() for table in tables)))


def _as_examples(contributions: pl.DataFrame) -> pl.DataFrame:
    """Give each explained (user, item) an ``example_id``."""
    together = pl.concat_str(_PAIR, separator="\t").alias(schema.EXAMPLE_ID)
    return contributions.with_columns(together)
