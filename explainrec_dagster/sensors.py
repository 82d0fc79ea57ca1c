"""A sensor that notices what DVC wrote without Dagster."""

import dagster as dg

from explainrec_dagster.pipeline import Pipeline
from explainrec_dagster.sync import news


def lock_sensor(pipeline: Pipeline) -> dg.SensorDefinition:
    """Return a sensor that reports outputs whenever dvc.lock or the number of outputs on disk has changed."""

    @dg.sensor(
        name="dvc_lock",
        description="Tells Dagster of outputs that `dvc repro` wrote in a shell.",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def dvc_lock(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        lock = pipeline.root / "dvc.lock"
        # A committed lock stays as it is while a fresh clone's outputs appear one by one.
        written = sum((pipeline.root / out).exists() for stage in pipeline.stages for out in stage.outs)
        cursor = f"{lock.stat().st_mtime_ns} {written}" if lock.is_file() and written else ""
        if cursor == (context.cursor or ""):
            return dg.SkipReason("dvc.lock has not changed, and no output has come or gone.")
        return dg.SensorResult(asset_events=list(news(context.instance, pipeline)), cursor=cursor)

    return dvc_lock
