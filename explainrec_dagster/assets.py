"""Assets from dvc.yaml: one Dagster op a stage and system, datasets as partitions, no computation of its own."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from explainrec_dagster import checks
from explainrec_dagster.display import describe
from explainrec_dagster.drift import drift_expectations
from explainrec_dagster.dvc import Dvc, Outcome
from explainrec_dagster.keys import DATASETS
from explainrec_dagster.lock import versions_of
from explainrec_dagster.pipeline import ANY_DATASET, Pipeline, Stage, load_pipeline, load_shape
from explainrec_dagster.previews import accepted_previews
from explainrec_dagster.sync import latest_version
from explainrec_models.errors import ParamsError

OWNERS = ["team:explainrec"]
SHOWN_KINDS = 3  # Dagster refuses more
GPU_STAGES = {"tune", "predict", "explain", "image_features", "text_features"}

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def build_assets(root: Path) -> list[dg.AssetsDefinition]:
    """Return the assets of every stage of the project at ``root``; they need the resource ``dvc``.

    Raises:
        ParamsError: dvc.yaml or params.yaml cannot be turned into assets.
    """
    shape = load_shape(root)
    with accepted_previews():
        return [_stage_assets(shape, stage) for stage in shape.stages if stage.dataset in {None, ANY_DATASET}]


def _stage_assets(shape: Pipeline, shown: Stage) -> dg.AssetsDefinition:
    """Return the assets of a stage for every dataset.

    Args:
        shape: the pipeline with stand-ins for datasets.
        shown: the stage in it.
    """
    partitions = DATASETS if shown.dataset else None

    @dg.multi_asset(
        name=shown.series.replace("/", "__").replace("-", "_"),
        specs=_specs(shape, shown),
        check_specs=checks.check_specs([dg.AssetKey(list(asset)) for asset in shown.assets], partitions),
        partitions_def=partitions,
        # One run a key: a dataset that fails stops no other.
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1) if partitions else None,
        can_subset=True,
        pool="gpu" if shown.template in GPU_STAGES and _uses_gpu() else None,
        required_resource_keys={"dvc"},
    )
    def run_stage(context: dg.AssetExecutionContext) -> Iterator[Event]:
        dvc: Dvc = context.resources.dvc
        # A run over a dataset may hold stages that have none.
        stage = _stage_now(dvc.root, shown, context.partition_key if partitions else None)
        start = time.time()
        before = _version_before(context, stage)
        outcome = dvc.run(context, stage)
        drifted = [] if outcome.reason else drift_expectations(dvc.root, stage, before)
        # DVC runs the whole stage; Dagster wants to hear only of what was selected.
        for checked, result in _check_results(
            dvc.root, stage, failed_since=start if outcome.reason else None, more=drifted
        ):
            if dg.AssetCheckKey(checked, str(result.check_name)) in context.selected_asset_check_keys:
                yield result
        if outcome.reason:
            message = f"{stage.name} failed: {outcome.reason}"
            raise dg.Failure(message, metadata={"command": stage.command}, allow_retries=False)
        for materialization in _materializations(dvc.root, outcome):
            if materialization.asset_key in context.selected_asset_keys:
                yield materialization

    return run_stage


def _stage_now(root: Path, shown: Stage, dataset: str | None) -> Stage:
    """Return the stage as dvc.yaml and params.yaml are now: keys come and go while Dagster runs."""
    try:
        stage = load_pipeline(root).stage(shown.series, dataset)
    except ParamsError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    if stage.assets != shown.assets:
        message = f"{stage.name} has other outputs in dvc.yaml than Dagster has loaded; reload its code location."
        raise dg.Failure(message, allow_retries=False)
    return stage


def _specs(shape: Pipeline, shown: Stage) -> list[dg.AssetSpec]:
    deps = _deps(shape, shown)
    code = shape.root / "explainrec_models" / "stages" / f"{shown.template}.py"
    metadata: dict[str, Any] = {"dvc stage": shown.name, "command": dg.MetadataValue.md(f"    {shown.command}")}
    if code.is_file():
        reference = dg.LocalFileCodeReference(file_path=str(code), line_number=1, label="stage")
        metadata["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=[reference])
    return [
        dg.AssetSpec(
            key=list(asset),
            deps=deps,
            description=shown.description,
            group_name=shown.group,
            kinds=set(shown.kinds[:SHOWN_KINDS]),
            owners=OWNERS,
            metadata={**metadata, "path": out},
        )
        for out, asset in zip(shown.outs, shown.assets, strict=True)
    ]


def _deps(shape: Pipeline, shown: Stage) -> list[dg.AssetDep]:
    """Return the assets a stage reads; a dataset reads itself, and only what has no dataset reads all."""
    found: dict[tuple[str, ...], None] = {}
    for source, asset in shape.sources(shown):
        if shown.dataset and source.dataset not in {None, shown.dataset}:
            message = (
                f"dvc.yaml: {shown.name} reads an output of {source.name}; "
                "a stage of one dataset must not depend on another dataset."
            )
            raise ParamsError(message)
        found[asset] = None
    return [dg.AssetDep(list(asset)) for asset in found]


def _version_before(context: dg.AssetExecutionContext, stage: Stage) -> str | None:
    """Return the version of the quality report that this run is about to replace."""
    quality = checks.QUALITY_ASSET
    if quality not in map(dg.AssetKey, stage.assets):
        return None
    return latest_version(context.instance, quality, stage.dataset)


def _check_results(
    root: Path, stage: Stage, *, failed_since: float | None, more: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[dg.AssetKey, dg.AssetCheckResult]]:
    for out, asset in zip(stage.outs, map(dg.AssetKey, stage.assets), strict=True):
        folder = checks.verdict_folder(root, out, failed_since=failed_since) if asset in checks.LAYERS else None
        if folder:
            for result in checks.check_results(asset, folder, more=more):
                yield asset, result


def _materializations(root: Path, outcome: Outcome) -> Iterator[dg.MaterializeResult[None]]:
    stage = outcome.stage
    versions = versions_of(root, stage)
    for out, asset in zip(stage.outs, stage.assets, strict=True):
        version = versions.get(out)
        if version is None:
            message = f"dvc.lock names no hash of {out} after {stage.name} ran; see the stage's log."
            raise dg.Failure(message, allow_retries=False)
        metadata: dict[str, Any] = {"cached": outcome.cached, "dvc stage": stage.name, **describe(root / out)}
        if not outcome.cached:
            metadata["seconds"] = outcome.seconds
        yield dg.MaterializeResult(asset_key=list(asset), metadata=metadata, data_version=dg.DataVersion(version))


def _uses_gpu() -> bool:
    return os.environ.get("EXPLAINREC_DEVICE", "").startswith("cuda")
