import io
import subprocess
import sys
from pathlib import Path

import pytest
from orchestration.small_project import Project
from rich.console import Console

from explainrec_dagster.dvc import Outcome
from explainrec_dagster.progress import LiveProgress, seconds_in_words


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (12.4, "12 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s")])
def test_durations_are_said_in_words(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words


def test_the_bar_names_the_stage_and_the_last_line_it_printed(project: Project, tmp_path: Path) -> None:
    stage = next(stage for stage in project.pipeline.stages if stage.name == "explain@shop-tallrec")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=200, color_system=None)
    live = LiveProgress(console, total=2)
    log = tmp_path / "log"
    log.write_bytes(b"step 1\n\x1b[32mstep 2\x1b[0m\rstep 3  \n\n")
    with live.bar:
        live.started(stage, log)
        live.bar.refresh()
        live.finished(Outcome(stage, cached=False, seconds=75, report={"licence": "Apache-2.0"}))
        live.finished(Outcome(stage, cached=False, seconds=1, report={"licence": "Mine.\nNot to be sold."}))
        live.finished(Outcome(stage, cached=False, seconds=1, reason="no [bold] file"))
    shown = screen.getvalue()
    assert "0/2 explain tallrec · shop" in shown
    assert "step 3" in shown
    assert "Mine.\nNot to be sold." in shown
    assert "Apache" not in shown
    assert "ran     explain tallrec · shop in 1 min 15 s" in shown
    assert "failed  explain tallrec · shop\nno [bold] file" in shown


def test_only_the_console_reaches_the_terminal(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from explainrec_dagster.progress import own_terminal\n"
        f"with own_terminal(pathlib.Path({str(tmp_path / 'log')!r})) as console:\n"
        "    os.system('echo from a child')\n"
        "    print('from a library', file=sys.stderr)\n"
        "    console.print('from us')\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("from us\nafter\n", "")
    assert (tmp_path / "log").read_text(encoding="utf-8") == "from a child\nfrom a library\n"
