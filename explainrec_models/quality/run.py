"""Running suites: tables in, a verdict out, with Great Expectations' Data Docs beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl

from explainrec_models.quality import suites
from explainrec_models.quality.data_docs import RUN_TIME, SITE, site_config, write_data_docs
from explainrec_models.quality.frames import items_frame, ratings_frame
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.rules import CRITICAL, Rule
from explainrec_models.quality.verdict import Verdict, entry

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext

RULE = "rule"
"""Where an expectation carries the name of its rule."""


@dataclass(frozen=True)
class Layer:
    """A table and its suite."""

    name: str
    frame: pd.DataFrame
    rules: Sequence[Rule]


def check_raw(
    interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits, *, dataset: str, docs: Path | None = None
) -> Verdict:
    """Run the suites of the raw layers.

    Args:
        interactions: user_id, item_id, rating, timestamp.
        items: columns ``schema.ITEM_COLUMNS``.
        limits: of this dataset.
        dataset: its key.
        docs: folder for the Data Docs; none are written without it.
    """
    layers = [
        Layer(suites.RAW_RATINGS, ratings_frame(interactions, items, limits), suites.raw_ratings(limits)),
        Layer(suites.RAW_ITEMS, items_frame(items), suites.raw_items(limits)),
    ]
    return run_suites(layers, dataset=dataset, docs=docs)


def run_suites(layers: Sequence[Layer], *, dataset: str, docs: Path | None = None) -> Verdict:
    """Run each layer's suite on its table.

    Returns:
        ``dataset``, ``success`` (no critical expectation failed) and ``expectations``, in the order of the rules.
    """
    context = _context(docs)
    expectations: list[dict[str, Any]] = []
    for layer in layers:
        result = _run(context, layer)
        by_rule = {one.expectation_config.meta[RULE]: one for one in result.results if one.expectation_config}
        expectations += [entry(rule, by_rule[rule.name]) for rule in layer.rules]
    success = all(one["success"] for one in expectations if one["severity"] == CRITICAL)
    verdict: Verdict = {"dataset": dataset, "success": success, "expectations": expectations}
    if docs is not None:
        write_data_docs(context, docs, verdict)
    return verdict


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


def _run(context: "EphemeralDataContext", layer: Layer) -> "ExpectationSuiteValidationResult":
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.core.run_identifier import RunIdentifier

    suite = gx.ExpectationSuite(
        name=layer.name,
        expectations=[
            getattr(gxe, rule.expectation)(
                **rule.arguments,
                severity=rule.severity,
                description=f"{rule.name[0].upper()}{rule.name[1:]}: {rule.expected} ({rule.severity}).",
                meta={RULE: rule.name},
            )
            for rule in layer.rules
        ],
    )
    batch = (
        context.data_sources.add_pandas(layer.name)
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("all")
    )
    definition = gx.ValidationDefinition(name=layer.name, data=batch, suite=context.suites.add(suite))
    context.validation_definitions.add(definition)
    return definition.run(
        batch_parameters={"dataframe": layer.frame}, run_id=RunIdentifier(run_name="checked", run_time=RUN_TIME)
    )
