"""`python -m explainrec_dagster.shell [ARGUMENT …]`: `dvc repro` that no killed one stands in the way of.

DVC reads dvc.lock before it starts anything of ours and has no hook earlier than that, so a file that a kill cut short
must be mended before DVC begins. What a stage leaves behind to do so later would miss the stages that DVC takes from
its cache: it writes dvc.lock for them too and starts no command.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from explainrec_dagster.mending import mend
from explainrec_dagster.pipeline import default_root
from explainrec_models.errors import ExplainRecError, MachineError


def repro(root: Path, arguments: Sequence[str]) -> NoReturn:
    """Mend a project and become ``dvc repro``, whose output, signals and exit code are then its own.

    Args:
        root: folder of dvc.yaml.
        arguments: of ``dvc repro``: stages and options.

    Raises:
        MachineError: there is no program ``dvc``.
    """
    for sentence in mend(root):
        print(sentence, flush=True)  # noqa: T201 - DVC's output follows
    # The programs of this Python first: stages start `explainrec`, also where its environment is not activated.
    own_programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([own_programs, os.environ.get("PATH", os.defpath)])
    os.chdir(root)
    try:
        os.execvp("dvc", ["dvc", "--wait-for-lock", "repro", *arguments])  # noqa: S606, S607 - the user's own words
    except FileNotFoundError as error:
        message = f"the program dvc is not in {own_programs} nor elsewhere in PATH; install it with `pip install dvc`."
        raise MachineError(message) from error


def main() -> int:
    """Run `dvc repro` with the arguments of this program."""
    try:
        repro(default_root(), sys.argv[1:])
    except ExplainRecError as error:
        sys.stderr.write(f"explainrec: {error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
