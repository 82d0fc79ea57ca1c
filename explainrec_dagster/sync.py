"""Telling Dagster which keys there are and what DVC wrote without it: `python -m explainrec_dagster.sync`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from explainrec_dagster import checks
from explainrec_dagster.display import describe
from explainrec_dagster.instance import open_instance
from explainrec_dagster.keys import register_keys
from explainrec_dagster.lock import locked_versions
from explainrec_dagster.pipeline import Pipeline, Stage, default_root, load_pipeline
from explainrec_models.errors import ExplainRecError

VERSION_TAG = "dagster/data_version"

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation


def sync(instance: dg.DagsterInstance, pipeline: Pipeline) -> list[dg.AssetMaterialization]:
    """Report every output that DVC holds at another version than Dagster, and return what was told."""
    events = list(news(instance, pipeline))
    for event in events:
        instance.report_runless_asset_event(event)
    return [event for event in events if isinstance(event, dg.AssetMaterialization)]


def news(instance: dg.DagsterInstance, pipeline: Pipeline) -> Iterator[Event]:
    """Yield what Dagster does not know yet; a quality report brings its checks."""
    for stage, out, asset, version in unknown_versions(instance, pipeline):
        yield dg.AssetMaterialization(
            asset_key=asset,
            partition=stage.dataset,
            description="written by DVC outside Dagster",
            metadata={"dvc stage": stage.name, **describe(pipeline.root / out)},
            tags={VERSION_TAG: version},
        )
        if asset in checks.LAYERS:
            yield from _check_evaluations(pipeline.root, asset, out, stage.dataset)


def unknown_versions(instance: dg.DagsterInstance, pipeline: Pipeline) -> Iterator[tuple[Stage, str, dg.AssetKey, str]]:
    """Yield stage, path, asset and hash of each output whose hash in dvc.lock Dagster has not heard of."""
    versions = locked_versions(pipeline.root)
    for stage in pipeline.stages:
        for out, path in zip(stage.outs, stage.assets, strict=True):
            asset, version = dg.AssetKey(list(path)), versions.get((stage.name, out))
            # A committed dvc.lock names outputs that a fresh clone does not have yet.
            if version is None or not (pipeline.root / out).exists():
                continue
            if version != latest_version(instance, asset, stage.dataset):
                yield stage, out, asset, version


def latest_version(instance: dg.DagsterInstance, asset: dg.AssetKey, partition: str | None) -> str | None:
    """Return the data version of an asset's newest materialization, or None before the first."""
    wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[partition] if partition else None)
    records = instance.fetch_materializations(wanted, limit=1).records
    materialization = records[0].asset_materialization if records else None
    return (materialization.tags or {}).get(VERSION_TAG) if materialization else None


def _check_evaluations(
    root: Path, asset: dg.AssetKey, out: str, dataset: str | None
) -> Iterator[dg.AssetCheckEvaluation]:
    folder = checks.verdict_folder(root, out)
    for result in checks.check_results(asset, folder) if folder else ():
        yield dg.AssetCheckEvaluation(
            asset_key=asset,
            check_name=str(result.check_name),
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            description=result.description,
            blocking=result.severity is dg.AssetCheckSeverity.ERROR,
            partition=dataset,
        )


def main() -> int:
    """Sync the project in the current folder and print what Dagster was told."""
    try:
        pipeline = load_pipeline(default_root())
    except ExplainRecError as error:
        sys.stderr.write(f"explainrec: {error}\n")
        return error.exit_code
    with open_instance(pipeline.root) as instance:
        gone, new = register_keys(instance, pipeline.datasets)
        told = sync(instance, pipeline)
    for key in new:
        sys.stdout.write(f"{key} is a new dataset\n")
    for key in gone:
        sys.stdout.write(f"{key} is no dataset any more; its history stays under Events of each asset\n")
    for event in told:
        where = f" [{event.partition}]" if event.partition else ""
        version = (event.tags or {}).get(VERSION_TAG, "")
        sys.stdout.write(f"{event.asset_key.to_user_string()}{where} is at {version}\n")
    sys.stdout.write(f"Dagster was told of {len(told)} outputs.\n" if told else "Dagster knows every output.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
