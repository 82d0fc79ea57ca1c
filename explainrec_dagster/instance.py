"""Dagster's memory of this project: a folder under .explainrec unless DAGSTER_HOME names another."""

import os
from pathlib import Path

import dagster as dg

# One GPU job at a time; a run that died gives its slot back.
SETTINGS = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
"""


def open_instance(root: Path) -> dg.DagsterInstance:
    """Open the instance that the web server shows too, creating its folder at first use."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(root / ".explainrec" / "dagster"))).resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(SETTINGS, encoding="utf-8")
    return dg.DagsterInstance.get()
