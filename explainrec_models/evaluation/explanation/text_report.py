"""Every text metric of generated explanations, each beside the same metric with the explanations of other pairs.

``<metric>_shuffled_score`` is the mean over several derangements (``shuffling``), ``<metric>_gap_score`` the paired
difference to it: only what is in the gap depends on whom a text was written for. A metric that reads no reference
cannot have one; its gap is exactly 0 and is written as such.

Intervals resample users. Metrics that grow or fall with the number of texts (USR, distinct-n, ENTR, FCR) have none,
because resampled texts repeat one another. BLEU, ROUGE and BERTScore are in percent.
"""

from collections.abc import Collection
from functools import partial

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation.bootstrap import Measure, Statistic, Weights, difference, draw_weights
from explainrec_models.evaluation.explanation.evidence import Numbers, Places
from explainrec_models.evaluation.explanation.features import coverage, diversity_statistic, mentioned
from explainrec_models.evaluation.explanation.shuffling import SHUFFLES, derangements
from explainrec_models.evaluation.explanation.text_pairs import FEATURE, GENERATED, REFERENCE, PairMetrics
from explainrec_models.evaluation.explanation.variety import distinct_share, mean_entropy, unique_share
from explainrec_models.evaluation.explanation.words import words
from explainrec_models.evaluation.results import Results

DISTINCT_ORDERS = (1, 2)


def text_report(
    rows: pl.DataFrame,
    metrics: PairMetrics,
    *,
    system: str,
    resamples: int,
    seed: int,
    features: Collection[str] = (),
    shuffles: int = SHUFFLES,
) -> Results:
    """Return every text metric of one system's explanations.

    Args:
        rows: user_id, generated, reference and, for FMR, feature; one row a pair.
        metrics: which metrics of pairs, and how they count.
        system: name in the results.
        resamples: of the users.
        seed: of resamples and derangements.
        features: all features, of one word each; without them FMR, FCR and DIV are absent.
        shuffles: derangements.

    Raises:
        DataError: a column is missing, or there are fewer than two rows.
    """
    _require(rows, [schema.USER_ID, GENERATED, REFERENCE, *([FEATURE] if features else [])])
    users = sorted(rows[schema.USER_ID].unique().to_list())
    owners = rows[schema.USER_ID].replace_strict(users, range(len(users)), return_dtype=pl.Int64).to_numpy()
    weights = draw_weights(len(users), resamples, seed=seed)
    orders = derangements(rows.height, seed=seed, shuffles=shuffles)
    results = Results()
    size = (len(users), rows.height)
    paired = metrics.statistics(rows, np.arange(rows.height), owners, features=features)
    shuffled = [metrics.statistics(rows, order, owners, features=features) for order in orders]
    for metric, statistic in paired.items():
        control = partial(_mean, [other[metric] for other in shuffled])
        results.add(system, metric, Measure(statistic, *size), weights)
        results.add(system, _named(metric, "shuffled"), Measure(control, *size), weights)
        results.add(system, _named(metric, "gap"), Measure(difference(statistic, control), *size), weights)
    _add_variety(results, rows, owners, weights, system=system, features=features)
    return results


def _add_variety(
    results: Results,
    rows: pl.DataFrame,
    owners: Places,
    weights: Weights,
    *,
    system: str,
    features: Collection[str],
) -> None:
    """Add what reads the generated texts alone."""
    texts = [words(text) for text in rows[GENERATED]]
    values = {"usr_score": unique_share(texts), "entr_score": mean_entropy(texts)}
    values |= {f"distinct_{order}_score": distinct_share(texts, order) for order in DISTINCT_ORDERS}
    found = mentioned(texts, features)
    if features:
        values["fcr_score"] = coverage(found, features)
        measure = Measure(diversity_statistic(found, owners), weights.shape[1], rows.height)
        results.add(system, "div_error", measure, weights)
        results.add(system, "div_gap_error", _constant(0.0, measure), weights[:0])
    whole = Measure(partial(_repeated, 0.0), weights.shape[1], rows.height)
    for metric, value in values.items():
        # No resamples: the value stands without bounds.
        results.add(system, metric, _constant(value, whole), weights[:0])
        results.add(system, _named(metric, "gap"), _constant(0.0, whole), weights[:0])


def _constant(value: float, measure: Measure) -> Measure:
    return Measure(partial(_repeated, value), measure.users, measure.rows)


def _repeated(value: float, weights: Weights) -> Numbers:
    return np.full(len(weights), value)


def _mean(statistics: list[Statistic], weights: Weights) -> Numbers:
    return np.asarray(np.mean([statistic(weights) for statistic in statistics], axis=0))


def _named(metric: str, infix: str) -> str:
    stem, _, direction = metric.rpartition("_")
    return f"{stem}_{infix}_{direction}"


def _require(rows: pl.DataFrame, wanted: list[str]) -> None:
    missing = sorted(set(wanted) - set(rows.columns))
    if missing:
        message = f"the table of texts lacks the column(s) {', '.join(missing)}; it has {', '.join(rows.columns)}"
        raise DataError(message)
