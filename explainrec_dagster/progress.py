"""The terminal during a run: a bar, the stage at work, the last line it printed, and one line a finished stage."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from explainrec_dagster.dvc import Outcome, Watcher
from explainrec_dagster.pipeline import Stage

TAIL_BYTES = 4096
_NOT_TEXT = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f]")


class LiveProgress(Watcher):
    """Draws what a ``Dvc`` resource runs."""

    def __init__(self, console: Console, total: int) -> None:
        """Prepare a bar of ``total`` stages."""
        self._console = console
        self._tail = _LastLine()
        columns = (
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("[bold]{task.description}"),
            TimeElapsedColumn(),
            self._tail,
        )
        self.bar = Progress(*columns, console=console, refresh_per_second=4, expand=False, transient=True)
        self._task = self.bar.add_task("starting", total=total)
        self.outcomes: list[Outcome] = []

    def started(self, stage: Stage, log: Path) -> None:
        """Name the stage at work."""
        self._tail.log = log
        self.bar.update(self._task, description=_title(stage))

    def finished(self, outcome: Outcome) -> None:
        """Write the stage's line and move the bar."""
        self.outcomes.append(outcome)
        self._tail.log = None
        self.bar.advance(self._task)
        title = _title(outcome.stage)
        if outcome.reason:
            self._console.print(f"[red]failed[/]  {title}\n{escape(outcome.reason)}", highlight=False)
        elif outcome.cached:
            self._console.print(f"[dim]cached  {title}[/]", highlight=False)
        else:
            self._console.print(f"[green]ran[/]     {title} in {seconds_in_words(outcome.seconds)}", highlight=False)
        licence = str(outcome.report.get("licence", ""))
        if "\n" in licence:
            # Conditions of use, not the mere name of a licence: whoever fetches the data must have seen them.
            self._console.print(f"[dim]{escape(licence.strip())}[/]", highlight=False)


class _LastLine(ProgressColumn):
    """The last line that the stage at work has printed."""

    def __init__(self) -> None:
        super().__init__()
        self.log: Path | None = None

    def render(self, task: Task) -> Text:
        del task
        return Text(_last_line(self.log) if self.log else "", style="dim", no_wrap=True, overflow="ellipsis")


@contextmanager
def own_terminal(log: Path) -> Iterator[Console]:
    """Keep the terminal for the yielded console; all else this process and its children print goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    try:
        with log.open("wb") as sink, os.fdopen(os.dup(1), "w", encoding="utf-8") as terminal:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            yield Console(file=terminal)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in saved:
            os.close(descriptor)


def seconds_in_words(seconds: float) -> str:
    """Return a duration as people say it.

    >>> seconds_in_words(12.4), seconds_in_words(200)
    ('12 s', '3 min 20 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _title(stage: Stage) -> str:
    name = stage.series.replace("/", " ")
    return f"{name} · {stage.dataset}" if stage.dataset else name


def _last_line(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - TAIL_BYTES))
        parts = [part.strip() for part in re.split(rb"[\r\n]+", _NOT_TEXT.sub(b"", stream.read()))]
    return next((part for part in reversed(parts) if part), b"").decode(errors="replace")
