"""dvc.lock as data versions: what DVC last wrote, and at which hash."""

import time
from pathlib import Path
from typing import Any

import yaml

from explainrec_dagster.pipeline import Stage
from explainrec_models.errors import ParamsError

# libyaml's loader, where there is one: the lock is read after every stage.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LOCK = "dvc.lock"
PATIENCE = 10.0


def locked_versions(root: Path) -> dict[tuple[str, str], str]:
    """Return the hash of every output in dvc.lock by (stage name, path); empty before the first run.

    Raises:
        ParamsError: dvc.lock is not what DVC writes.
    """
    return {
        (name, out["path"]): out["md5"]
        for name, stage in read_lock(root).items()
        for out in stage.get("outs", ())
        if "md5" in out
    }


def versions_of(root: Path, stage: Stage) -> dict[str, str]:
    """Return the hash of each output of a stage that has just run, by path.

    Another DVC may be writing the file anew, line by line, at this moment: what is not there yet is waited for.
    """
    give_up_at = time.monotonic() + PATIENCE
    while True:
        versions = {out: version for (name, out), version in locked_versions(root).items() if name == stage.name}
        if len(versions) == len(stage.outs) or time.monotonic() > give_up_at:
            return versions
        time.sleep(0.1)


def read_lock(root: Path) -> dict[str, Any]:
    """Return the entries of dvc.lock by stage name; empty before the first run.

    Raises:
        ParamsError: dvc.lock is not what DVC writes.
    """
    path = root / LOCK
    if not path.is_file():
        return {}
    text, give_up_at = path.read_text(encoding="utf-8"), time.monotonic() + PATIENCE
    # A file without its last line's end is being written at this moment.
    while not text.endswith("\n") and time.monotonic() < give_up_at:
        time.sleep(0.1)
        text = path.read_text(encoding="utf-8")
    try:
        return dict((yaml.load(text, Loader=LOADER) or {}).get("stages") or {})  # noqa: S506 - a safe loader
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        message = f"{path} is not what DVC writes: {error}. Restore it from git, or delete it and run `dvc repro`."
        raise ParamsError(message) from error
