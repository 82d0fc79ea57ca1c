"""The command line without its start: a server has everything imported, each command runs in a fork of it.

``python stage_server.py`` answers lines of JSON. A question holds the folder (``cwd``), the words of the command line
and where to kill it: ``seconds`` after the start, or right before the ``event``-th time that a file is opened for
writing, made, renamed or removed. The answer has the fields of ``Ended``.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

TESTS = Path(__file__).parent
STAGES = sorted(path.stem for path in (TESTS.parent / "explainrec_models/stages").glob("*.py"))
HEAVY = (
    "explainrec_models.cli",
    "explainrec_models.data.sources.amazon_2023",
    "explainrec_models.parts.adapter",
    "explainrec_models.parts.image_encoder",
    "explainrec_models.parts.text_encoder",
    "explainrec_models.systems.tallrec",
    "explainrec_models.training.fit",
    *(f"explainrec_models.stages.{stage}" for stage in STAGES),
    "great_expectations.expectations",
    "great_expectations.render.renderer.site_builder",
    "matplotlib.figure",
    "sklearn.cluster",
    "sklearn.metrics",
    "transformers.models.llama.modeling_llama",
)
"""What stages import when they run; loaded, but not used, before the forks: used, polars and torch have threads."""
PROJECT = "shop-project"
CHANGES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"})


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: exit code, negative for a signal.
        said: on standard error.
        seconds: that it took.
        events: how often it changed something in the file system, as far as Python knows.
    """

    code: int
    said: str
    seconds: float
    events: int

    @property
    def killed(self) -> bool:
        """Whether it was killed before its end."""
        return self.code == -signal.SIGKILL


class Server:
    """Asks the server's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, cwd: Path, words: Sequence[str], *, seconds: float | None = None, event: int | None = None) -> Ended:
        """Run a command, killed where the last two say."""
        return self._ask({"cwd": str(cwd), "words": list(words), "seconds": seconds, "event": event})

    def write_shop_project(self, root: Path, systems: Sequence[str]) -> None:
        """Write a project as ``shop_project`` does, without importing all that it takes in a test's process."""
        ended = self._ask({"cwd": str(root), "words": [PROJECT, *systems], "seconds": None, "event": None})
        assert ended.code == 0, ended.said

    def _ask(self, question: Mapping[str, Any]) -> Ended:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def stage_server(*prefix: str) -> Iterator[Server]:
    """Start a server for the block; ``prefix`` is what its command starts with."""
    with subprocess.Popen(
        [*prefix, sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Server(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    # What commands print is nobody's.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for name in HEAVY:
        import_module(name)
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    said, (counted, told) = os.memfd_create("said"), os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.dup2(said, 2)
        _be_the_command(question, told)
    os.close(told)
    timer = threading.Timer(question["seconds"] or 600, os.kill, [child, signal.SIGKILL])
    timer.start()
    with os.fdopen(counted) as count:
        events = count.read()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    seconds = time.monotonic() - started
    with os.fdopen(said, "rb") as memory:
        memory.seek(0)
        text = memory.read().decode()
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "said": text, "seconds": seconds, "events": int(events or 0)}


def _be_the_command(question: dict[str, Any], told: int) -> NoReturn:
    from shop_project import write_shop_project

    from explainrec_models.cli import main

    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in CHANGES or (event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")):
            seen += 1
            if seen == question["event"]:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        os.chdir(question["cwd"])
        sys.argv = ["explainrec", *question["words"]]
        sys.addaudithook(watch)
        if sys.argv[1] == PROJECT:
            write_shop_project(Path.cwd(), sys.argv[2:])
            sys.exit()
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os.write(told, str(seen).encode())
        sys.stderr.flush()
        # As a process ends: nothing of the server's is closed here.
        os._exit(code)


if __name__ == "__main__":
    _serve()
