"""docs/explanation_metrics.md is run as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/explanation_metrics.md"
PACKAGE = ROOT / "explainrec_models/evaluation/explanation"
GAP = "comprehensiveness_score_minus_random"


def test_the_example_runs_and_finds_its_explanation_better_than_chance() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", f'{code}\nprint("low", results.intervals().filter(metric="{GAP}")["low"].item())'],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(run.stdout.rpartition("low")[2]) > 0


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(\w+\.py)`", PAGE.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (PACKAGE / name).is_file()] == []
