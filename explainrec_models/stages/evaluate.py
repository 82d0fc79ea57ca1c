"""Stage ``evaluate``: every system on the same rows, with bootstrap intervals over users."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from explainrec_models.data import schema
from explainrec_models.data.candidates import CANDIDATES_NAME, has_candidates
from explainrec_models.data.outputs import REPORT_NAME, replacing, replacing_file, write_json
from explainrec_models.data.unusable import UNUSABLE, unusable_reason
from explainrec_models.errors import DataError
from explainrec_models.evaluation.calibration import BINS, Platt
from explainrec_models.evaluation.comparison import (
    REFERENCE,
    calibration_table,
    compare_predictions,
    compare_rankings,
    one_label_reason,
    reference_among,
    with_probabilities,
)
from explainrec_models.evaluation.explained import (
    Explained,
    measure_explanations,
    measure_truth,
    read_explained,
    read_labels,
)
from explainrec_models.evaluation.results import Results, stable
from explainrec_models.evaluation.tables import read_table, require_heldout_rows
from explainrec_models.evaluation.truth import read_truth

HEADLINE = (
    "auc_score",
    "uauc_score",
    "log_loss",
    "calibration_error",
    "calibration_error_by_chance",
    "ndcg_at_10_score",
    "recall_at_10_score",
    "comprehensiveness_gap_score",
    "grounding_score",
    "truth_score",
    "ndcg_at_10_candidates_score",
    "recall_at_10_candidates_score",
)
LIKES_ONLY_HEADLINE = ("ndcg_at_10_score", "recall_at_10_score", "mrr_at_10_score")
"""What there is to look at first where test rows have one label: places in the ranking of the whole catalogue."""
_TARGET = (schema.USER_ID, schema.ITEM_ID, schema.LIKED, schema.WARM_USER, schema.WARM_ITEM)
_PROTOCOL = {
    "intervals": "95 % percentile bootstrap over users, the same draws for all systems of a slice; one user: no bounds",
    "auc_score": "over all rows of the slice, on raw scores",
    "uauc_score": "unweighted mean of the AUC within each user who has both labels",
    "probabilities": "of every system: Platt scaling of its score, fitted on the held-out validation rows",
    "calibration_error": f"{BINS} bins of equal mass; rows of equal probability share a bin",
    "calibration_error_by_chance": "of the same rows if every probability were right: labels drawn from them",
    "ranking": "over the list each system wrote: the catalogue without the history, or the retriever's list re-ranked "
    "(by both ranks fused, or by its scores alone where params.yaml says so) where its card says so; every user with a "
    "list and a relevant item; the ideal of NDCG is cut at k",
    "candidates": "ranking of the published candidates of each user, to which the test item is added, never mixed with "
    "the ranking of the catalogue: a hundred sampled items are easier than all items; ties in catalogue order",
    "comprehensiveness_score": "score drop in standard deviations of the system's scores in the user's first ranks",
    "grounding_score": "share of cited items that are both in the listed history and among the user's recorded rows",
}


CANDIDATES, REFERENCE_NAME = "candidates", "reference"
RANKING = "ranking.parquet"
PAIR = (schema.USER_ID, schema.ITEM_ID)


@dataclass(frozen=True)
class EvaluateReport:
    """What was compared on what, and what is absent for which reason.

    Attributes:
        slices: users and rows of each slice of the test rows.
        probabilities: per system, slope, intercept and origin of its Platt scaling.
        ranking: per system, users scored and left out.
        candidates: the same of published candidates; empty where the dataset has none.
        reference: the system that differences are taken from.
        unusable: per system that cannot use the dataset, why.
        explanations: per system, pairs explained and left out.
        truth: facts about the known reasons, empty where there are none.
        absent: per system and metric, why there is no number.
        undefined_resamples: per system and metric, resamples left out because the metric was not defined on them.
        protocol: what the metrics are, in words.
    """

    systems: tuple[str, ...]
    resamples: int
    ranking_depth: int
    slices: Mapping[str, Mapping[str, int]]
    probabilities: Mapping[str, Mapping[str, Any]]
    ranking: Mapping[str, Mapping[str, Any]]
    candidates: Mapping[str, Mapping[str, Any]]
    reference: str
    unusable: Mapping[str, str]
    explanations: Mapping[str, Mapping[str, int]]
    truth: Mapping[str, Any]
    absent: Mapping[str, Mapping[str, str]]
    undefined_resamples: Mapping[str, Mapping[str, int]]
    protocol: Mapping[str, str]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values, without what is as it is for most datasets."""
        usual = {CANDIDATES: {}, REFERENCE_NAME: REFERENCE, UNUSABLE: {}}
        return {name: value for name, value in asdict(self).items() if name not in usual or value != usual[name]}


def evaluate(
    out: Path,
    headline: Path,
    reliability: Path,
    deletion: Path,
    *,
    prepared: Path,
    heldout: Path,
    labels: Path,
    predictions: Path,
    explanations: Path,
    systems: Sequence[str],
    truth: Path | None,
    cutoffs: Sequence[int],
    resamples: int,
    seed: int,
) -> EvaluateReport:
    """Measure every system on the same users and rows.

    Args:
        out: folder to write.
        headline: file for the few metrics that `dvc metrics show` prints.
        reliability: file for the calibration curve that `dvc plots show` draws.
        deletion: file for the score drops that `dvc plots show` draws.
        prepared: folder that ``prepare`` wrote for systems.
        heldout: folder that ``prepare`` wrote for scoring.
        labels: folder that ``attribution_labels`` wrote; read only where the true reasons are known.
        predictions: folder with one folder a system, by ``predict``; its name is the dataset's key.
        explanations: folder with one folder a system, by ``explain``.
        systems: rows of the table.
        truth: folder with the true reasons, for invented datasets.
        cutoffs: list lengths of the ranking metrics.
        resamples: bootstrap resamples over users.
        seed: of the resamples and the shuffled controls.

    Raises:
        MissingArtefactError: an earlier stage has not run.
        DataError: a system was scored on other rows or users than the rest, or a table is not what it claims to be.
    """
    key, results = predictions.name, Results()
    usable, unusable = _divided(results, predictions, systems)
    reference = reference_among(usable, unusable)
    scored = {system: _scored(predictions / system, heldout, made_by=f"predict@{key}-{system}") for system in usable}
    fitted = {system: with_probabilities(*splits) for system, splits in scored.items()}
    tested = {system: table for system, (_, table) in fitted.items()}
    rankings = _rankings(predictions, usable, RANKING)
    explained = {system: read_explained(explanations / system, made_by=f"explain@{key}-{system}") for system in usable}
    relevant = read_table(heldout / "liked_test.parquet", PAIR, made_by=f"prepare@{key}")
    slices = compare_predictions(results, tested, resamples=resamples, seed=seed, reference=reference)
    rank = partial(compare_rankings, results, relevant=relevant, cutoffs=cutoffs, resamples=resamples, seed=seed)
    ranked = rank(rankings, reference=reference)
    lists = _rankings(predictions, usable, CANDIDATES_NAME) if has_candidates(heldout) else {}
    candidates = rank(lists, reference=reference, candidates=True)
    depth = max(cutoffs)
    one_label = any(one_label_reason(table) for table in tested.values())
    curves, explanation_counts = measure_explanations(
        results, explained, rankings, _past(prepared, key), depth=depth, resamples=resamples, seed=seed
    )
    reasons = _truth(results, explained, labels, truth, key=key, resamples=resamples, seed=seed)
    report = EvaluateReport(
        systems=tuple(systems),
        resamples=resamples,
        ranking_depth=depth,
        slices=slices,
        probabilities={} if one_label else {system: _described(platt) for system, (platt, _) in fitted.items()},
        ranking=ranked,
        candidates=candidates,
        reference=reference,
        unusable=unusable,
        explanations=explanation_counts,
        truth=reasons,
        absent=results.absent,
        undefined_resamples=results.undefined,
        protocol={name: words for name, words in _PROTOCOL.items() if name != CANDIDATES or candidates},
    )
    # All of them or none: what DVC shows is what the folder holds.
    with replacing(out) as folder, _beside(headline) as few, _beside(reliability) as bins, _beside(deletion) as drops:
        _write_numbers(folder, results, report)
        _write_csv(calibration_table(tested), folder / "calibration.csv", bins)
        _write_csv(curves, folder / "deletion.csv", drops)
        write_json(few, _headline(results, one_label=one_label))
    return report


def _divided(results: Results, predictions: Path, systems: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the systems that can use the dataset, and why the others cannot."""
    unusable = {system: why for system in systems if (why := unusable_reason(predictions / system)) is not None}
    for system, why in unusable.items():
        results.miss_everything(system, why)
    return [system for system in systems if system not in unusable], unusable


def _past(prepared: Path, key: str) -> pl.DataFrame:
    return pl.concat(
        [read_table(prepared / f"{part}.parquet", PAIR, made_by=f"prepare@{key}") for part in ("train", "valid")]
    )


def _write_numbers(folder: Path, results: Results, report: EvaluateReport) -> None:
    write_json(folder / "metrics.json", results.values())
    results.intervals().write_parquet(folder / "intervals.parquet")
    write_json(folder / REPORT_NAME, report.summary())


def _beside(path: Path) -> AbstractContextManager[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return replacing_file(path)


def _headline(results: Results, *, one_label: bool) -> dict[str, dict[str, float]]:
    names = dict.fromkeys((*LIKES_ONLY_HEADLINE, *HEADLINE) if one_label else HEADLINE)
    few = {
        system: {name: round(metrics[name], 4) for name in names if name in metrics}
        for system, metrics in results.values().items()
    }
    return {system: metrics for system, metrics in few.items() if metrics}


def _scored(folder: Path, heldout: Path, *, made_by: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a system's validation and test rows, checked against the held-out rows."""
    table = read_table(folder / "pointwise.parquet", (schema.SPLIT, *_TARGET, schema.SCORE), made_by=made_by)
    parts = []
    for split in (schema.VALID, schema.TEST):
        asked = read_table(heldout / f"{split}.parquet", _TARGET, made_by="prepare")
        if not asked.height:
            path = heldout / f"{split}.parquet"
            message = f"{path} holds no row, so there is nothing to measure; move the time cuts in params.yaml"
            raise DataError(message)
        rows = table.filter(pl.col(schema.SPLIT) == split)
        require_heldout_rows(folder.name, rows, asked, split=split)
        # In one order for all systems, so that equal predictions give equal bits.
        parts.append(rows.sort(schema.USER_ID, schema.ITEM_ID))
    return parts[0], parts[1]


def _rankings(predictions: Path, systems: Sequence[str], name: str) -> dict[str, pl.DataFrame]:
    columns = (schema.USER_ID, schema.RANK, schema.ITEM_ID, schema.SCORE)
    return {
        system: read_table(predictions / system / name, columns, made_by=f"predict@{predictions.name}-{system}")
        for system in systems
    }


def _truth(
    results: Results,
    explained: Mapping[str, Explained | None],
    labels: Path,
    truth: Path | None,
    *,
    key: str,
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    if truth is None:
        for system in explained:
            results.miss(system, "truth_score", "the true reasons of this dataset are not known")
        return {}
    table = read_labels(labels, made_by=f"attribution_labels@{key}")
    return measure_truth(results, explained, table, read_truth(truth), resamples=resamples, seed=seed)


def _described(platt: Platt) -> dict[str, Any]:
    return {"slope": stable(platt.slope), "intercept": stable(platt.intercept), "note": platt.note}


def _write_csv(table: pl.DataFrame, *paths: Path) -> None:
    for path in paths:
        table.with_columns(cs.float().round_sig_figs(6)).write_csv(path)
