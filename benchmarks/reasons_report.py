"""From per-example values of reasons to the numbers of the record, and the merge with what earlier runs measured."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from reasons_truth import values_of
from record import earlier

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import Measure, Weights, draw_weights, mean_measure
from explainrec_models.evaluation.explanation.evidence import Numbers
from explainrec_models.evaluation.explanation.examples import SOURCE
from explainrec_models.evaluation.explanation.report import report
from explainrec_models.evaluation.results import Results

COMPREHENSIVENESS = "comprehensiveness_score"
COMPARED = (COMPREHENSIVENESS, "sufficiency_error", "deletion_area_error", "insertion_area_score")
"""Metrics whose paired differences are recorded; those of all others would fill the record and be read by nobody."""
SHARE = f"share_of_{COMPREHENSIVENESS}"
Values = dict[str, dict[str, dict[str, float | None]]]


def measured_sets(
    tables: Mapping[str, Sequence[pl.DataFrame]],
    *,
    own: str,
    references: Sequence[str],
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    """Return examples, users and every metric of each set of questions; an empty set is left out.

    Args:
        tables: by set, rows as of ``measure_examples``.
        own: the system's own source.
        references: sources that all others are compared with; the first is the ceiling of the shares.
        resamples: of the users.
        seed: of the resamples.
    """
    found = {}
    for kind, parts in tables.items():
        if parts:
            table = pl.concat(parts)
            found[kind] = {
                "examples": table[schema.EXAMPLE_ID].n_unique(),
                "users": table[schema.USER_ID].n_unique(),
                "metrics": compared(table, own=own, references=references, resamples=resamples, seed=seed),
            }
    return found


def compared(table: pl.DataFrame, *, own: str, references: Sequence[str], resamples: int, seed: int) -> Values:
    """Return every metric of every source, its differences to the references, and its share of the first one's.

    The share is a ratio of means over the same users; it is absent where the interval of the first reference's own
    comprehensiveness holds 0.
    """
    found: Values = {}
    sources = table[SOURCE].unique(maintain_order=True).to_list()
    for source in [own, *(name for name in sources if name != own)]:
        part = table.filter(pl.col(SOURCE).is_in({source, *references}))
        results = report(part, own=source, resamples=resamples, seed=seed)
        wanted = {metric for metric in part[c.METRIC].unique().to_list() if "_minus_" not in metric}
        wanted |= {metric.replace("pn_at_", "f_ns_at_") for metric in wanted if metric.startswith("pn_at_")}
        wanted |= {f"{metric}_minus_{other}" for metric in COMPARED for other in references}
        found[source] = values_of(results, sorted(wanted)).get(source, {})
    ceiling = references[0]
    low = found[ceiling][COMPREHENSIVENESS]["low"]
    if low is not None and low > 0:
        for source, values in values_of(_shares(table, sources, ceiling, resamples=resamples, seed=seed)).items():
            found[source] |= values
    return found


def _shares(table: pl.DataFrame, sources: Sequence[str], ceiling: str, *, resamples: int, seed: int) -> Results:
    users = sorted(table[schema.USER_ID].unique().to_list())
    weights = draw_weights(len(users), resamples, seed=seed)
    rows = table.filter(pl.col(c.METRIC) == COMPREHENSIVENESS)
    by_source = {name: mean_measure(rows.filter(pl.col(SOURCE) == name), c.VALUE, users) for name in sources}
    results = Results()
    for source, measure in by_source.items():
        results.add(source, SHARE, _ratio(measure, by_source[ceiling]), weights)
    return results


def _ratio(measure: Measure, ceiling: Measure) -> Measure:
    def statistic(weights: Weights) -> Numbers:
        return measure.statistic(weights) / ceiling.statistic(weights)

    return Measure(statistic, measure.users, measure.rows)


def with_earlier(datasets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a result with what the earlier record holds of other systems and datasets; each keeps its own commit."""
    merged = {key: dict(systems) for key, systems in earlier("reasons").get("datasets", {}).items()}
    for key, systems in datasets.items():
        merged[key] = {**merged.get(key, {}), **systems}
    return {"datasets": merged}
