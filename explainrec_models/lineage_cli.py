"""The verbs about lineage: what Dagster knows, what a kill left behind, how two versions of a dataset differ."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
PANEL = "Lineage"


@app.command(rich_help_panel=PANEL)
def sync() -> None:
    """Tell Dagster what `dvc repro` made in a shell, at which version."""
    _run("sync")


@app.command(
    rich_help_panel=PANEL,
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def repro(context: typer.Context) -> None:
    """Run `dvc repro` with any of its arguments, also after a kill -9 that left dvc.lock half-written."""
    # In the place of this process: an interrupt must reach DVC alone, and DVC must be given its time to end.
    os.execv(sys.executable, [sys.executable, "-m", "explainrec_dagster.shell", *context.args])  # noqa: S606 - fixed


@app.command(rich_help_panel=PANEL)
def mend() -> None:
    """Clear away what a killed DVC left in the next one's way."""
    _run("mending")


@app.command(rich_help_panel=PANEL)
def prune() -> None:
    """Take stages and folders of removed datasets out of dvc.lock and the workspace."""
    _run("prune")


@app.command(rich_help_panel=PANEL)
def drift(
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="Key of the dataset.")],
    against: Annotated[Path, typer.Option(help="Folder `data/quality/<key>` of another version, or its profile.json.")],
) -> None:
    """Compare a dataset with another version of it; warnings are shown and stop nothing."""
    from explainrec_models.data.paths import Paths
    from explainrec_models.params import load_params
    from explainrec_models.quality.drift import drift_report
    from explainrec_models.quality.limits import DriftLimits

    params = load_params()
    params.source(dataset)
    limits = DriftLimits(**params.quality.drift.model_dump())
    older = against.parent if against.is_file() else against
    typer.echo(drift_report(older, Paths().quality(dataset), limits, dataset=dataset).text())


def _run(module: str) -> None:
    """Run a program of its own: the library does not import the orchestrator."""
    import subprocess

    done = subprocess.run([sys.executable, "-m", f"explainrec_dagster.{module}"], check=False)  # noqa: S603 - fixed words
    raise typer.Exit(done.returncode)
