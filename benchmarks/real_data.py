"""Where the real files for benchmarks lie: a folder that the user names, never part of the repository."""

import os
from pathlib import Path

VARIABLE = "EXPLAINREC_REAL_DATA"


def real_data(name: str) -> Path:
    """Return a file or folder below the folder that the environment names.

    Raises:
        SystemExit: the variable is not set or the file is not there.
    """
    root = os.environ.get(VARIABLE)
    if not root:
        message = f"set {VARIABLE} to the folder that holds {name}"
        raise SystemExit(message)
    path = Path(root) / name
    if not path.exists():
        message = f"{path} is not there; {VARIABLE} should name a folder with {name}"
        raise SystemExit(message)
    return path
