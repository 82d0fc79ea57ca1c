"""`python -m explainrec_dagster.run`: the whole pipeline through Dagster, and what came of it."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from rich.console import Console
from rich.markup import escape

from explainrec_dagster.assets import build_assets
from explainrec_dagster.dvc import Dvc, environment
from explainrec_dagster.ending import show_ending
from explainrec_dagster.instance import open_instance
from explainrec_dagster.lock import locked_versions
from explainrec_dagster.pipeline import Pipeline, Stage, default_root, load_pipeline
from explainrec_dagster.progress import LiveProgress, own_terminal
from explainrec_dagster.sync import unknown_versions
from explainrec_models.errors import ExplainRecError, UnknownNameError

INTERRUPTED = 130


@dataclass(frozen=True)
class Phase:
    """One Dagster run: the series to materialise, for one dataset or for none."""

    dataset: str | None
    stages: tuple[Stage, ...]


def plan(pipeline: Pipeline, datasets: Sequence[str], selected: AbstractSet[dg.AssetKey]) -> Iterator[Phase]:
    """Yield the runs in order: what serves all datasets, each dataset, what reads all datasets."""
    wanted = [stage for stage in pipeline.stages if any(dg.AssetKey(list(asset)) in selected for asset in stage.assets)]
    common = [stage for stage in wanted if stage.dataset is None]
    last = [stage for stage in common if _reads_datasets(pipeline, stage)]
    yield Phase(None, tuple(stage for stage in common if stage not in last))
    for dataset in datasets:
        yield Phase(dataset, tuple(stage for stage in wanted if stage.dataset == dataset))
    yield Phase(None, tuple(last))


def run(pipeline: Pipeline, console: Console, *, datasets: Sequence[str], select: str) -> int:
    """Materialise what is selected and return the exit code.

    Raises:
        UnknownNameError: a dataset is not registered.
    """
    for dataset in datasets:
        if dataset not in pipeline.datasets:
            advice = "`datasets:` in params.yaml lists them."
            kind = "dataset"
            raise UnknownNameError(kind, dataset, pipeline.datasets, advice=advice)
    assets = build_assets(pipeline)
    selected = dg.AssetSelection.from_string(select).required_multi_asset_neighbors().resolve(assets)
    phases = [phase for phase in plan(pipeline, datasets or pipeline.datasets, selected) if phase.stages]
    missing = _never_run(pipeline, phases)
    if missing:
        names = ", ".join(stage.name for stage in phases.pop().stages)
        console.print(f"Left out: {names}, which also reads {', '.join(missing)}, never run so far.", highlight=False)
    with open_instance(pipeline.root) as instance:
        if _is_up_to_date(pipeline, instance, phases):
            console.print("Everything is up to date; nothing ran.")
            show_ending(console, pipeline)
            return 0
        live = LiveProgress(console, total=sum(len(phase.stages) for phase in phases))
        with live.bar:
            failed = _materialize(assets, phases, instance, live, pipeline.root)
    ran = sum(not outcome.cached and not outcome.reason for outcome in live.outcomes)
    console.print(f"{ran} stages ran, {sum(outcome.cached for outcome in live.outcomes)} were up to date.")
    if failed:
        _explain_failure(console, live, failed)
        return 1
    show_ending(console, pipeline)
    return 0


def _materialize(
    assets: Sequence[dg.AssetsDefinition],
    phases: Sequence[Phase],
    instance: dg.DagsterInstance,
    live: LiveProgress,
    root: Path,
) -> list[Phase]:
    """Run the phases; one dataset's failure leaves the others alone, but stops what reads all of them."""
    failed: list[Phase] = []
    for phase in phases:
        if failed and None in {phase.dataset, failed[0].dataset}:
            failed.append(phase)
            continue
        keys = [dg.AssetKey(list(asset)) for stage in phase.stages for asset in stage.assets]
        result = dg.materialize(
            assets,
            selection=keys,
            partition_key=phase.dataset,
            instance=instance,
            resources={"dvc": Dvc(root, live)},
            raise_on_error=False,
        )
        if not result.success:
            failed.append(phase)
            live.notes += [message for event in result.all_events if (message := _failure_of(event))]
    return failed


def _failure_of(event: dg.DagsterEvent) -> str:
    """Return what Dagster itself says of a failed step; a failed stage has said its own reason already."""
    error = event.step_failure_data.error if event.is_step_failure else None
    return f"{event.step_key}: {error.message.strip()}" if error else ""


def _never_run(pipeline: Pipeline, phases: Sequence[Phase]) -> list[str]:
    """Return the datasets that the last phase reads, are not about to run and never were."""
    present = {name for name, out in locked_versions(pipeline.root) if (pipeline.root / out).exists()}
    present |= {stage.name for phase in phases for stage in phase.stages}
    last = phases[-1] if phases else Phase(None, ())
    sources = {source for stage in last.stages for source, _ in pipeline.sources(stage)}
    return sorted({source.dataset for source in sources if source.dataset and source.name not in present})


def _reads_datasets(pipeline: Pipeline, stage: Stage) -> bool:
    return any(source.dataset for source, _ in pipeline.sources(stage))


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


def _explain_failure(console: Console, live: LiveProgress, failed: Sequence[Phase]) -> None:
    for outcome in live.outcomes:
        if outcome.reason:
            console.print(f"[red]{escape(outcome.stage.name)} failed:[/] {escape(outcome.reason)}", highlight=False)
    if not any(outcome.reason for outcome in live.outcomes):
        for note in live.notes:
            console.print(f"[red]Dagster:[/] {escape(note)}", highlight=False)
    done = {outcome.stage.name for outcome in live.outcomes}
    skipped = [stage.name for phase in failed for stage in phase.stages if stage.name not in done]
    if skipped:
        console.print(f"Not run because of it: {', '.join(skipped)}.", highlight=False)


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
            return run(load_pipeline(root), console, datasets=chosen.dataset, select=chosen.select)
        except ExplainRecError as error:
            console.print(f"[red]error:[/] {escape(str(error))}", highlight=False)
            return error.exit_code
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            console.print("Interrupted; finished stages are kept, the next run goes on from there.")
            return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
