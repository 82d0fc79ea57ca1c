"""dvc.lock as data versions: what DVC last wrote, and at which hash."""

from pathlib import Path
from typing import Any

import yaml

# libyaml's loader, where there is one: the lock is read after every stage.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def locked_versions(root: Path) -> dict[tuple[str, str], str]:
    """Return the hash of every output in dvc.lock by (stage name, path); empty before the first run."""
    path = root / "dvc.lock"
    if not path.is_file():
        return {}
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506 - a safe loader
    return {
        (name, out["path"]): out["md5"]
        for name, stage in content.get("stages", {}).items()
        for out in stage.get("outs", ())
        if "md5" in out
    }
