"""Assets from dvc.yaml: one Dagster op a stage and system, datasets as partitions, no computation of its own."""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from explainrec_dagster import checks
from explainrec_dagster.display import describe
from explainrec_dagster.dvc import Dvc, Outcome
from explainrec_dagster.lock import locked_versions
from explainrec_dagster.pipeline import Pipeline, Stage
from explainrec_dagster.previews import accepted_previews
from explainrec_models.errors import ParamsError

OWNERS = ["team:explainrec"]
SHOWN_KINDS = 3  # Dagster refuses more
GPU_STAGES = {"tune", "predict", "explain", "image_features", "text_features"}

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def build_assets(pipeline: Pipeline) -> list[dg.AssetsDefinition]:
    """Return the assets of every stage; they need the resource ``dvc``."""
    partitions = dg.StaticPartitionsDefinition(list(pipeline.datasets))
    with accepted_previews():
        return [_series_assets(pipeline, stages, partitions) for stages in pipeline.series.values()]


def _series_assets(
    pipeline: Pipeline, stages: Mapping[str | None, Stage], datasets: dg.StaticPartitionsDefinition
) -> dg.AssetsDefinition:
    first = next(iter(stages.values()))
    partitions = None if first.dataset is None else datasets
    keys = [dg.AssetKey(list(asset)) for asset in first.assets]

    @dg.multi_asset(
        name=first.series.replace("/", "__").replace("-", "_"),
        specs=_specs(pipeline, stages),
        check_specs=checks.check_specs(keys, partitions),
        partitions_def=partitions,
        can_subset=True,
        pool="gpu" if first.template in GPU_STAGES and _uses_gpu() else None,
        required_resource_keys={"dvc"},
    )
    def run_stage(context: dg.AssetExecutionContext) -> Iterator[Event]:
        stage = stages[context.partition_key if context.has_partition_key else None]
        dvc: Dvc = context.resources.dvc
        start = time.time()
        outcome = dvc.run(context, stage)
        # DVC runs the whole stage; Dagster wants to hear only of what was selected.
        for checked, result in _check_results(dvc.root, stage, since=start):
            if dg.AssetCheckKey(checked, str(result.check_name)) in context.selected_asset_check_keys:
                yield result
        if outcome.reason:
            message = f"{stage.name} failed: {outcome.reason}"
            raise dg.Failure(message, metadata={"command": stage.command}, allow_retries=False)
        for materialization in _materializations(dvc.root, outcome):
            if materialization.asset_key in context.selected_asset_keys:
                yield materialization

    return run_stage


def _specs(pipeline: Pipeline, stages: Mapping[str | None, Stage]) -> list[dg.AssetSpec]:
    first = next(iter(stages.values()))
    deps = _deps(pipeline, stages)
    code = pipeline.root / "explainrec_models" / "stages" / f"{first.template}.py"
    metadata: dict[str, Any] = {"dvc stages": ", ".join(stage.name for stage in stages.values())}
    metadata["commands"] = dg.MetadataValue.md("\n".join(f"    {stage.command}" for stage in stages.values()))
    if code.is_file():
        reference = dg.LocalFileCodeReference(file_path=str(code), line_number=1, label="stage")
        metadata["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=[reference])
    return [
        dg.AssetSpec(
            key=list(asset),
            deps=deps,
            description=first.description,
            group_name=first.group,
            kinds=set(first.kinds[:SHOWN_KINDS]),
            owners=OWNERS,
            metadata={**metadata, "paths": ", ".join(stage.outs[at] for stage in stages.values())},
        )
        for at, asset in enumerate(first.assets)
    ]


def _deps(pipeline: Pipeline, stages: Mapping[str | None, Stage]) -> list[dg.AssetDep]:
    """Return the assets a series reads; a dataset reads itself, and only what has no dataset reads all."""
    found: dict[tuple[str, ...], None] = {}
    for dataset, stage in stages.items():
        for source, asset in pipeline.sources(stage):
            if dataset is not None and source.dataset not in {None, dataset}:
                message = (
                    f"dvc.yaml: {stage.name} reads an output of {source.name}; "
                    "a stage of one dataset must not depend on another dataset."
                )
                raise ParamsError(message)
            found[asset] = None
    return [dg.AssetDep(list(asset)) for asset in found]


def _check_results(root: Path, stage: Stage, *, since: float) -> Iterator[tuple[dg.AssetKey, dg.AssetCheckResult]]:
    for out, asset in zip(stage.outs, map(dg.AssetKey, stage.assets), strict=True):
        folder = checks.verdict_folder(root, out, stage.dataset, since=since) if asset in checks.LAYERS else None
        if folder:
            for result in checks.check_results(asset, folder):
                yield asset, result


def _materializations(root: Path, outcome: Outcome) -> Iterator[dg.MaterializeResult[None]]:
    stage, versions = outcome.stage, locked_versions(root)
    for out, asset in zip(stage.outs, stage.assets, strict=True):
        version = versions.get((stage.name, out))
        if version is None:
            message = f"dvc.lock names no hash of {out} after {stage.name} ran; see the stage's log."
            raise dg.Failure(message, allow_retries=False)
        metadata: dict[str, Any] = {"cached": outcome.cached, "dvc stage": stage.name, **describe(root / out)}
        if not outcome.cached:
            metadata["seconds"] = outcome.seconds
        yield dg.MaterializeResult(asset_key=list(asset), metadata=metadata, data_version=dg.DataVersion(version))


def _uses_gpu() -> bool:
    return os.environ.get("EXPLAINREC_DEVICE", "").startswith("cuda")
