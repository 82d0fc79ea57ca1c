"""Per-example values in, every metric with a user-clustered interval out, and its paired difference to each control.

Any measure that has one value an example can be reported: what ``measure_examples`` returns, and rows of the same
columns for stability, citation precision or a verbal gap. Pairs of ``pn_at_r_score`` and ``ps_at_r_score`` also give
``f_ns_at_r_score``, which is no mean over examples but the harmonic mean of two of them.
"""

from functools import partial

import polars as pl

from explainrec_models.data import schema
from explainrec_models.errors import DataError, UnknownNameError
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import Measure, Weights, difference, draw_weights, mean_measure
from explainrec_models.evaluation.explanation.evidence import Numbers
from explainrec_models.evaluation.explanation.examples import MEASURED_SCHEMA, SOURCE
from explainrec_models.evaluation.explanation.necessity import f_ns
from explainrec_models.evaluation.results import Results

_KEYS = [schema.EXAMPLE_ID, schema.USER_ID, c.METRIC]
_PN, _PS, _F_NS = "pn_at_", "ps_at_", "f_ns_at_"
_GAP = "gap"


def report(measured: pl.DataFrame, *, own: str, resamples: int, seed: int) -> Results:
    """Return every metric of every source, and of ``own`` its differences ``<metric>_minus_<control>``.

    A difference is taken on the examples that have both values, each with itself.

    Args:
        measured: example_id, user_id, source, metric, value; null values enter no mean.
        own: the source that the others are controls of.
        resamples: of the users.
        seed: of the resamples.

    Raises:
        DataError: a column is missing, or an example has two values of one metric and source.
        UnknownNameError: ``own`` is not among the sources.
    """
    _require(measured, own)
    users = sorted(measured[schema.USER_ID].unique().to_list())
    weights = draw_weights(len(users), resamples, seed=seed)
    results = Results()
    by_source = {str(name): rows for (name,), rows in measured.group_by(SOURCE, maintain_order=True)}
    for source, rows in by_source.items():
        for metric, measure in _measures(rows, users).items():
            results.add(source, metric, measure, weights)
    for control, rows in by_source.items():
        if control != own:
            for metric, measure in _differences(by_source[own], rows, users).items():
                results.add(own, f"{metric}_minus_{control}", measure, weights)
    return results


def _measures(rows: pl.DataFrame, users: list[str]) -> dict[str, Measure]:
    means = {
        str(metric): mean_measure(part, c.VALUE, users)
        for (metric,), part in rows.group_by(c.METRIC, maintain_order=True)
    }
    return means | _harmonic(means)


def _harmonic(means: dict[str, Measure]) -> dict[str, Measure]:
    """Return F_NS of each r that has both its parts."""
    found = {}
    for metric, necessary in means.items():
        sufficient = means.get(metric.replace(_PN, _PS)) if metric.startswith(_PN) else None
        if sufficient is not None:
            statistic = partial(_f_ns_statistic, necessary, sufficient)
            found[metric.replace(_PN, _F_NS)] = Measure(statistic, necessary.users, necessary.rows)
    return found


def _f_ns_statistic(necessary: Measure, sufficient: Measure, weights: Weights) -> Numbers:
    return f_ns(necessary.statistic(weights), sufficient.statistic(weights))


def _differences(own: pl.DataFrame, control: pl.DataFrame, users: list[str]) -> dict[str, Measure]:
    both = own.join(control, on=_KEYS, how="inner").with_columns(
        (pl.col(c.VALUE) - pl.col(f"{c.VALUE}_right")).alias(_GAP)
    )
    found = {}
    for (metric,), rows in both.group_by(c.METRIC, maintain_order=True):
        found[str(metric)] = mean_measure(rows, _GAP, users)
    first, second = (_harmonic(_measures(part, users)) for part in (own, control))
    for metric in first.keys() & second.keys():
        one, other = first[metric], second[metric]
        found[metric] = Measure(difference(one.statistic, other.statistic), one.users, one.rows)
    return found


def _require(measured: pl.DataFrame, own: str) -> None:
    missing = sorted(set(MEASURED_SCHEMA) - set(measured.columns))
    if missing:
        message = (
            f"the measured table lacks the column(s) {', '.join(missing)}; it has {', '.join(measured.columns)}. "
            "measure_examples gives them."
        )
        raise DataError(message)
    doubled = measured.filter(pl.struct(*_KEYS, SOURCE).is_duplicated())
    if doubled.height:
        first = doubled.row(0, named=True)
        message = (
            f"example {first[schema.EXAMPLE_ID]} of user {first[schema.USER_ID]} has more than one value of "
            f"{first[c.METRIC]} by {first[SOURCE]}; one row each is expected"
        )
        raise DataError(message)
    sources = measured[SOURCE].unique().to_list()
    if own not in sources:
        kind = "source"
        raise UnknownNameError(kind, own, sources, advice=f"The table holds {', '.join(sorted(sources))}.")
    empty = measured.filter(pl.col(c.VALUE).is_nan() | pl.col(c.VALUE).is_infinite()).height
    if empty:
        message = f"{empty} measured value(s) are not finite; an undefined value is null"
        raise DataError(message)
