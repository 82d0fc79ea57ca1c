"""Running suites: tables in, a verdict out, with Great Expectations' Data Docs beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl

from explainrec_models.quality.counting import count
from explainrec_models.quality.data_docs import RUN_TIME, SITE, site_config, write_data_docs
from explainrec_models.quality.findings import Finding, Unchecked, as_result, judged_table, judging
from explainrec_models.quality.frames import to_pandas
from explainrec_models.quality.limits import ROWS_AT_ONCE
from explainrec_models.quality.rules import CRITICAL, RULE, Rule
from explainrec_models.quality.verdict import Verdict, entry, error_in

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext


@dataclass(frozen=True)
class Layer:
    """A table and its suite."""

    name: str
    table: pl.LazyFrame
    rules: Sequence[Rule]


@dataclass(frozen=True)
class CountedLayer:
    """A suite of which it is known what each rule finds; it is left to Great Expectations to judge."""

    name: str
    findings: Mapping[str, Finding]
    rules: Sequence[Rule]


def run_suites(
    layers: Sequence[Layer | CountedLayer],
    *,
    dataset: str,
    docs: Path | None = None,
    dropped: Mapping[str, int] | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Verdict:
    """Run each layer's suite on its table.

    Great Expectations reads a table of up to ``rows_at_once`` rows itself. Of a larger one it judges what counting
    found; verdict, severities and pages are the same.

    Args:
        layers: in the order of the verdict.
        dataset: its key.
        docs: folder for the Data Docs; none are written without it.
        dropped: reason to count, of what earlier steps left out, repaired or merged; shown beside the expectations.
        rows_at_once: limit of the tables that are read row by row.

    Returns:
        ``dataset``, ``success`` (no critical expectation failed), ``dropped`` and ``expectations``, in the order of the
        rules.
    """
    context = _context(docs)
    expectations: list[dict[str, Any]] = []
    counts: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for layer in layers:
        findings = _findings(layer, rows_at_once)
        if findings is None:
            expectations += _read_by_row(context, layer)
        else:
            expectations += _judge(context, layer, findings)
            counts[layer.name] = {name: as_result(finding) for name, finding in findings.items()}
    success = all(one["success"] for one in expectations if one["severity"] == CRITICAL)
    shown = dict(sorted((dropped or {}).items()))
    verdict: Verdict = {"dataset": dataset, "success": success, "dropped": shown, "expectations": expectations}
    if docs is not None:
        write_data_docs(context, docs, verdict, counts)
    return verdict


def _findings(layer: Layer | CountedLayer, rows_at_once: int) -> Mapping[str, Finding] | None:
    """Return what counting finds in a table that is too large to be read row by row; None for a small one."""
    if isinstance(layer, CountedLayer):
        return layer.findings
    rows = layer.table.select(pl.len()).collect(engine="streaming").item()
    return count(layer.table, layer.rules) if rows > rows_at_once else None


def _read_by_row(context: "EphemeralDataContext", layer: Layer | CountedLayer) -> list[dict[str, Any]]:
    assert isinstance(layer, Layer)
    asked = {rule.name: (rule.expectation, rule.arguments) for rule in layer.rules}
    results = _run(context, layer, to_pandas(layer.table.collect()), asked)
    return [
        entry(rule, success=bool(one.success), found=one.result or {}, error=error_in(one.exception_info))
        for rule, one in zip(layer.rules, results, strict=True)
    ]


def _judge(
    context: "EphemeralDataContext", layer: Layer | CountedLayer, findings: Mapping[str, Finding]
) -> list[dict[str, Any]]:
    asked = {rule.name: judging(rule, findings[rule.name]) for rule in layer.rules}
    results = _run(context, layer, judged_table(findings), asked)
    lines = []
    for rule, one in zip(layer.rules, results, strict=True):
        finding = findings[rule.name]
        error = finding.reason if isinstance(finding, Unchecked) else ""
        lines.append(entry(rule, success=bool(one.success), found=as_result(finding), error=error))
    return lines


def _context(docs: Path | None) -> "EphemeralDataContext":
    """Open a context in memory that sends no usage statistics and draws no progress bars."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        data_docs_sites={SITE: site_config(docs)} if docs else {},
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _run(
    context: "EphemeralDataContext",
    layer: Layer | CountedLayer,
    frame: pd.DataFrame,
    asked: Mapping[str, tuple[str, Mapping[str, Any]]],
) -> list["ExpectationValidationResult"]:
    """Ask expectations about a table; the results are in the order of the layer's rules."""
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.core.run_identifier import RunIdentifier

    suite = gx.ExpectationSuite(
        name=layer.name,
        expectations=[
            getattr(gxe, asked[rule.name][0])(
                **asked[rule.name][1],
                severity=rule.severity,
                description=f"{rule.name[0].upper()}{rule.name[1:]}: {rule.expected} ({rule.severity}).",
                meta={RULE: rule.name},
            )
            for rule in layer.rules
        ],
    )
    source = context.data_sources.add_pandas(layer.name)
    batch = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("all")
    definition = gx.ValidationDefinition(name=layer.name, data=batch, suite=context.suites.add(suite))
    context.validation_definitions.add(definition)
    result = definition.run(
        batch_parameters={"dataframe": frame}, run_id=RunIdentifier(run_name="checked", run_time=RUN_TIME)
    )
    by_rule = {one.expectation_config.meta[RULE]: one for one in result.results if one.expectation_config}
    return [by_rule[rule.name] for rule in layer.rules]
