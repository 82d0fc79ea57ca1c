"""What came of a run: which datasets are finished, and which failed, at which stage and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from explainrec_dagster.dvc import Outcome
from explainrec_dagster.plan import Phase
from explainrec_dagster.progress import LiveProgress


@dataclass(frozen=True)
class Result:
    """How a phase ended.

    Attributes:
        outcomes: of the stages that got their turn.
        notes: what Dagster itself says of failures that are no stage's.
    """

    phase: Phase
    success: bool
    outcomes: Sequence[Outcome] = ()
    notes: Sequence[str] = ()


def exit_code(results: Sequence[Result]) -> int:
    """Return 0 only if everything succeeded."""
    return 0 if all(result.success for result in results) else 1


def show_counts(console: Console, live: LiveProgress) -> None:
    """Print how much had to run."""
    cached = sum(outcome.cached for outcome in live.outcomes)
    ran = sum(not outcome.cached and not outcome.reason for outcome in live.outcomes)
    console.print(f"{ran} stages ran, {cached} were up to date.")


def show_summary(console: Console, results: Sequence[Result], root: Path) -> None:
    """Print one entry a dataset, and one for what serves or reads all of them if it failed."""
    for result in results:
        dataset = result.phase.dataset
        if result.success:
            if dataset:
                console.print(f"[green]finished[/]  {escape(dataset)}", highlight=False)
            continue
        reasons = [f"{one.stage.name} failed: {one.reason}" for one in result.outcomes if one.reason]
        word = "failed  " if result.outcomes or result.notes else "not run "
        subject = dataset or "what all datasets share"
        said = "\n".join(reasons or result.notes)
        console.print(f"[red]{word}[/]  {escape(f'{subject}: {said}' if said else subject)}", highlight=False)
        _show_skipped(console, result, root)


def _show_skipped(console: Console, result: Result, root: Path) -> None:
    had_their_turn = {outcome.stage.name for outcome in result.outcomes}
    skipped = [stage for stage in result.phase.stages if stage.name not in had_their_turn]
    if not skipped:
        return
    names = ", ".join(stage.name for stage in skipped)
    console.print(f"  Not run because of it: {escape(names)}.", highlight=False)
    kept = [out for stage in skipped for out in stage.outs if (root / out).exists()]
    if kept:
        console.print(f"  Still there from an earlier run: {escape(', '.join(kept))}.", highlight=False)
