"""How a dataset differs from its version before, which DVC's cache still holds: a warning beside the other checks."""

import json
import subprocess
from pathlib import Path
from typing import Any

from explainrec_dagster.lock import versions_of
from explainrec_dagster.pipeline import Stage
from explainrec_models.params import load_params

PROFILE = "profile.json"


def drift_expectations(root: Path, stage: Stage, previous: str | None) -> list[dict[str, Any]]:
    """Return a line of a verdict for each thing that may have drifted; none where there is nothing to compare.

    Args:
        root: of the project.
        stage: has run; one of its outputs holds a profile.
        previous: hash in dvc.lock of that output's version before.
    """
    if previous is None:
        return []
    now = versions_of(root, stage)
    folders = [root / out for out in stage.outs if (root / out / PROFILE).is_file() and now.get(out) != previous]
    older = _cached(root, previous) if folders else None
    if older is None:
        return []
    from explainrec_models.quality.drift import compare
    from explainrec_models.quality.limits import DriftLimits

    limits = DriftLimits(**load_params(root / "params.yaml").quality.drift.model_dump())
    newer = json.loads((folders[0] / PROFILE).read_text(encoding="utf-8"))
    if older.get("format") != newer.get("format"):
        return []
    return compare(older, newer, limits, dataset=stage.dataset or "")


def _cached(root: Path, version: str) -> dict[str, Any] | None:
    """Return the profile of an earlier version of a folder, if DVC's cache still has it."""
    done = subprocess.run(["dvc", "cache", "dir"], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607 - found beside our own programs first
    files = Path(done.stdout.strip(), "files", "md5")
    listing = files / version[:2] / version[2:]
    if done.returncode or not listing.is_file():
        return None
    hashes = {entry["relpath"]: entry["md5"] for entry in json.loads(listing.read_text(encoding="utf-8"))}
    md5 = hashes.get(PROFILE, "")
    path = files / md5[:2] / md5[2:]
    if not md5 or not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
