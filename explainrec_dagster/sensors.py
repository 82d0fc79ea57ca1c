"""A sensor that notices what DVC wrote without Dagster."""

import dagster as dg

from explainrec_dagster.pipeline import Pipeline
from explainrec_dagster.sync import news


def lock_sensor(pipeline: Pipeline) -> dg.SensorDefinition:
    """Return a sensor that reports outputs whenever dvc.lock has changed."""

    @dg.sensor(
        name="dvc_lock",
        description="Tells Dagster of outputs that `dvc repro` wrote in a shell.",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def dvc_lock(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        lock = pipeline.root / "dvc.lock"
        cursor = str(lock.stat().st_mtime_ns) if lock.is_file() else ""
        if cursor == (context.cursor or ""):
            return dg.SkipReason("dvc.lock has not changed.")
        return dg.SensorResult(asset_events=list(news(context.instance, pipeline)), cursor=cursor)

    return dvc_lock
