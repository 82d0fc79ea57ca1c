"""Sensors that notice what happens without Dagster: keys in params.yaml, and outputs that DVC writes."""

from pathlib import Path

import dagster as dg

from explainrec_dagster.keys import DATASETS, key_changes
from explainrec_dagster.lock import LOCK
from explainrec_dagster.pipeline import load_pipeline
from explainrec_dagster.sync import news


def keys_sensor(root: Path) -> dg.SensorDefinition:
    """Return a sensor that makes the partitions of Dagster the keys of params.yaml.

    A new key comes last, wherever it stands in params.yaml: to move one that is there would take it away for a moment,
    and with it the ground under a backfill. Sync, before the next start, puts them in order.
    """

    @dg.sensor(
        name="dataset_keys",
        description=(
            "Follows `datasets:` in params.yaml. A key that is gone leaves the Partitions tab of every asset; what was "
            "materialised for it stays under Events, and counts again when the key comes back."
        ),
        minimum_interval_seconds=15,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def dataset_keys(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        gone, new = key_changes(context.instance, load_pipeline(root).datasets)
        if not gone and not new:
            return dg.SkipReason("Dagster knows the keys of params.yaml.")
        return dg.SensorResult(
            dynamic_partitions_requests=[DATASETS.build_delete_request(gone), DATASETS.build_add_request(new)]
        )

    return dataset_keys


def lock_sensor(root: Path) -> dg.SensorDefinition:
    """Return a sensor that reports outputs whenever dvc.lock or the number of outputs on disk has changed."""

    @dg.sensor(
        name="dvc_lock",
        description="Tells Dagster of outputs that `dvc repro` wrote in a shell.",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def dvc_lock(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        lock, pipeline = root / LOCK, load_pipeline(root)
        # A committed lock stays as it is while a fresh clone's outputs appear one by one.
        written = sum((root / out).exists() for stage in pipeline.stages for out in stage.outs)
        cursor = f"{lock.stat().st_mtime_ns} {written}" if lock.is_file() and written else ""
        if cursor == (context.cursor or ""):
            return dg.SkipReason("dvc.lock has not changed, and no output has come or gone.")
        return dg.SensorResult(asset_events=list(news(context.instance, pipeline)), cursor=cursor)

    return dvc_lock
