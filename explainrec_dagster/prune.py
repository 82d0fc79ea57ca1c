"""`python -m explainrec_dagster.prune`: let go of what DVC remembers of stages that are no more, and nothing else."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from explainrec_dagster.idle import COMMANDS, held
from explainrec_dagster.lock import LOCK, read_lock
from explainrec_dagster.pipeline import Pipeline, default_root, load_pipeline
from explainrec_models.data.outputs import replacing_file
from explainrec_models.errors import ExplainRecError, ParamsError


def prune(pipeline: Pipeline) -> tuple[list[str], list[str]]:
    """Take the stages that dvc.yaml and params.yaml no longer make out of dvc.lock, and their outputs from the disk.

    A folder of a dataset that is gone still counts where a stage depends on the folder above it. DVC's cache keeps the
    content until `dvc gc`. Every other entry of dvc.lock stays as it is, to the byte.

    Returns:
        The stages and the outputs that are gone.

    Raises:
        ParamsError: DVC is at work, or dvc.lock is not what DVC writes.
    """
    with held(pipeline.root / COMMANDS) as is_idle:
        if not is_idle:
            message = "another DVC process is at work in this project; run this again when it is done."
            raise ParamsError(message)
        entries = read_lock(pipeline.root)
        stale = [name for name in entries if name not in {stage.name for stage in pipeline.stages}]
        outs = {str(out["path"]) for name in stale for out in entries[name].get("outs", ())}
        gone = sorted(out for out in outs if _is_nobodys(pipeline, out))
        if stale:
            _rewrite(pipeline.root / LOCK, stale)
        for out in gone:
            path = pipeline.root / out
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return stale, gone


def without(text: str, names: Sequence[str]) -> str:
    """Return the text of a dvc.lock without some stages."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    assert document is not None
    stages = next(value for key, value in document.value if key.value == "stages")
    starts = [key.start_mark.line for key, _ in stages.value]
    lines = text.splitlines(keepends=True)
    # A block ends where the next begins; PyYAML says of the last that it ends where the mapping does.
    ends = [*starts[1:], stages.end_mark.line if stages.end_mark.column == 0 else len(lines)]
    blocks = zip((key.value for key, _ in stages.value), starts, ends, strict=True)
    dropped = {line for name, start, end in blocks if name in names for line in range(start, end)}
    return "".join(line for at, line in enumerate(lines) if at not in dropped)


def _rewrite(path: Path, stale: Sequence[str]) -> None:
    text = path.read_text(encoding="utf-8")
    kept = without(text, stale)
    before, after = yaml.safe_load(text)["stages"], yaml.safe_load(kept)["stages"] or {}
    assert after == {name: entry for name, entry in before.items() if name not in stale}
    if not after:
        path.unlink()
        return
    with replacing_file(path) as partial:
        partial.write_text(kept, encoding="utf-8")


def _is_nobodys(pipeline: Pipeline, out: str) -> bool:
    """Return whether an output is on disk, in the project, and no stage that still is has anything to do with it."""
    path = pipeline.root / out
    others = {other for stage in pipeline.stages for other in (*stage.outs, *stage.deps)}
    inside = path.resolve().is_relative_to(pipeline.root / "data")
    return os.path.lexists(path) and inside and not any(f"{other}/".startswith(f"{out}/") for other in others)


def main() -> int:
    """Prune the project in the current folder and print what is gone."""
    try:
        stages, outs = prune(load_pipeline(default_root()))
    except ExplainRecError as error:
        sys.stderr.write(f"explainrec: {error}\n")
        return error.exit_code
    for out in outs:
        sys.stdout.write(f"removed {out}\n")
    told = f"dvc.lock is rid of {', '.join(stages)}.\n" if stages else "dvc.lock names no stage that is not there.\n"
    sys.stdout.write(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
