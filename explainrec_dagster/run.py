"""`python -m explainrec_dagster.run`: the whole pipeline through Dagster, and what came of it."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
from rich.console import Console
from rich.markup import escape

from explainrec_dagster.assets import build_assets
from explainrec_dagster.dvc import Dvc, environment
from explainrec_dagster.ending import show_ending
from explainrec_dagster.instance import open_instance
from explainrec_dagster.keys import register_keys
from explainrec_dagster.mending import mend
from explainrec_dagster.pipeline import Pipeline, default_root, load_pipeline
from explainrec_dagster.plan import Phase, plan
from explainrec_dagster.progress import LiveProgress, own_terminal
from explainrec_dagster.summary import Result, exit_code, show_counts, show_summary
from explainrec_dagster.sync import unknown_versions
from explainrec_models.errors import ExplainRecError

INTERRUPTED = 130


def run(pipeline: Pipeline, console: Console, *, datasets: Sequence[str], select: str) -> int:
    """Materialise what is selected and return the exit code.

    Raises:
        UnknownNameError: a dataset is not registered.
    """
    for dataset in datasets:
        pipeline.require_dataset(dataset)
    assets = build_assets(pipeline.root)
    selected = dg.AssetSelection.from_string(select).required_multi_asset_neighbors().resolve(assets)
    phases = list(plan(pipeline, datasets or pipeline.datasets, selected))
    with open_instance(pipeline.root) as instance:
        register_keys(instance, pipeline.datasets)
        if _is_up_to_date(pipeline, instance, phases):
            console.print("Everything is up to date; nothing ran.")
            show_ending(console, pipeline, pipeline.datasets)
            return 0
        live = LiveProgress(console, total=sum(len(phase.stages) for phase in phases))
        with live.bar:
            results = _materialize(assets, phases, instance, live, pipeline.root)
    show_counts(console, live)
    failed = {result.phase.dataset for result in results if not result.success}
    if None not in failed:
        show_ending(console, pipeline, [dataset for dataset in pipeline.datasets if dataset not in failed])
    if failed:
        show_summary(console, results, pipeline.root)
    return exit_code(results)


def _materialize(
    assets: Sequence[dg.AssetsDefinition],
    phases: Sequence[Phase],
    instance: dg.DagsterInstance,
    live: LiveProgress,
    root: Path,
) -> list[Result]:
    """Run the phases; a dataset that fails leaves the others alone, and what reads all of them takes what is there."""
    results: list[Result] = []
    for phase in phases:
        if _is_pointless(phase, results):
            results.append(Result(phase, success=False))
            continue
        before = len(live.outcomes)
        result = dg.materialize(
            assets,
            selection=[dg.AssetKey(list(asset)) for stage in phase.stages for asset in stage.assets],
            partition_key=phase.dataset,
            instance=instance,
            resources={"dvc": Dvc(root, live)},
            raise_on_error=False,
        )
        notes = [note for event in result.all_events if (note := _failure_of(event))]
        results.append(Result(phase, result.success, live.outcomes[before:], notes))
    return results


def _is_pointless(phase: Phase, results: Sequence[Result]) -> bool:
    """Return whether what a phase needs has failed: what serves all datasets or, to read them, all datasets."""
    if any(not result.success for result in results if result.phase.dataset is None):
        return True
    datasets = [result.success for result in results if result.phase.dataset]
    return phase.reads_datasets and bool(datasets) and not any(datasets)


def _failure_of(event: dg.DagsterEvent) -> str:
    """Return what Dagster itself says of a failed step."""
    error = event.step_failure_data.error if event.is_step_failure else None
    return f"{event.step_key}: {error.message.strip()}" if error else ""


def _is_up_to_date(pipeline: Pipeline, instance: dg.DagsterInstance, phases: Sequence[Phase]) -> bool:
    names = {stage.name for phase in phases for stage in phase.stages}
    if any(stage.name in names for stage, *_ in unknown_versions(instance, pipeline)):
        return False
    status = subprocess.run(
        ["dvc", "status", "--json"],  # noqa: S607 - found beside our own programs first
        cwd=pipeline.root,
        env={**os.environ, **environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    # Where DVC cannot say, the stages themselves will, in their own words.
    return status.returncode == 0 and not names & set(json.loads(status.stdout))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m explainrec_dagster.run", description=__doc__)
    parser.add_argument("--dataset", action="append", default=[], metavar="KEY", help="only this dataset (repeatable)")
    parser.add_argument(
        "--select", default="*", metavar="SELECTION", help="Dagster asset selection, e.g. 'kind:parquet+'"
    )
    chosen = parser.parse_args(arguments)
    root = default_root()
    with own_terminal(root / ".explainrec" / "logs" / "dagster.log") as console:
        try:
            for done in mend(root):
                console.print(done, highlight=False)
            return run(load_pipeline(root), console, datasets=chosen.dataset, select=chosen.select)
        except ExplainRecError as error:
            console.print(f"[red]error:[/] {escape(str(error))}", highlight=False)
            return error.exit_code
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            console.print("Interrupted; finished stages are kept, the next run goes on from there.")
            return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
