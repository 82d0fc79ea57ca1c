"""Dagster's memory of this project: a folder under .explainrec unless DAGSTER_HOME names another."""

import os
from pathlib import Path

import dagster as dg
from filelock import FileLock

# One GPU job at a time; a run that died gives its slot back. A backfill makes a run of every key: of Dagster's ten at
# once, each with a training, an ordinary machine would run out of memory.
SETTINGS = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
  runs:
    max_concurrent_runs: 2
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
"""


def open_instance(root: Path) -> dg.DagsterInstance:
    """Open the instance that the web server shows too, creating its folder at first use."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(root / ".explainrec" / "dagster"))).resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    # Two processes that make Dagster's databases at once trip over one another's tables.
    with FileLock(home / ".opening"):
        if not settings.exists():
            settings.write_text(SETTINGS, encoding="utf-8")
        return dg.DagsterInstance.get()
