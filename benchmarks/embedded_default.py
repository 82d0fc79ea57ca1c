"""Record what the finished pipeline measured on its datasets, for docs/comparison.md.

Command: ``make demo && python benchmarks/embedded_default.py``; seconds. Copies numbers of ``data/evaluation``.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from cells import trained_weights
from record import write_record

from explainrec_models.params import load_params
from explainrec_models.stages.evaluate import HEADLINE

Stage = tuple[str, str]
"""A stage's name and what it ran over."""
STAGES = ("tune", "predict", "explain")
NOTE = (
    "`tallrec` and `explainrec` re-rank the retriever's list, by both ranks; all other rankings are over the whole "
    "catalogue. Probabilities of every system are calibrated on validation rows. `comprehensiveness_gap_score`: how "
    "much further the score falls when the cited items are deleted than when random ones are, in standard deviations. "
    "`labels` are the teacher's attribution labels against the shop's known reasons. Memory is that of the whole "
    "process, libraries included; `rates`, `ease`, `popularity` and `boosted` train no network."
)


def measured(folder: Path) -> dict[str, dict[str, Any]]:
    """Return value and interval of each system's metrics over all users."""
    table = pl.read_parquet(folder / "intervals.parquet")
    table = table.filter(pl.col("slice") == "all", pl.col("metric").is_in(HEADLINE))
    found: dict[str, dict[str, Any]] = {}
    for row in table.iter_rows(named=True):
        bounds = {name: None if row[name] is None else round(row[name], 4) for name in ("value", "low", "high")}
        found.setdefault(row["system"], {})[row["metric"]] = bounds
    return found


def costs(
    key: str, systems: Sequence[str], seconds: Mapping[Stage, float], peaks: Mapping[Stage, float]
) -> dict[str, dict[str, float | None]]:
    """Return what each system cost: seconds of its stages, most memory of its tuning, weights that were trained."""
    found: dict[str, dict[str, float | None]] = {}
    for system in systems:
        subject = f"{key}-{system}"
        report = json.loads((Path("data/systems") / key / system / "report.json").read_text(encoding="utf-8"))
        found[system] = {f"{stage}_seconds": seconds.get((stage, subject)) for stage in STAGES}
        found[system] |= {
            "peak_gib": peaks.get(("tune", subject)),
            "parameters": trained_weights(report),
        }
    return found


def main() -> None:
    """Copy and record."""
    params = load_params()
    timings = [json.loads(line) for line in Path(".explainrec/timings.jsonl").read_text(encoding="utf-8").splitlines()]
    last = {(line["stage"], line["subject"]): line["seconds"] for line in timings}
    peaks = {(line["stage"], line["subject"]): line["peak_gib"] for line in timings if "peak_gib" in line}
    result = {
        "metrics": list(HEADLINE),
        "datasets": {key: measured(Path("data/evaluation") / key) for key in params.datasets},
        "stage_seconds": {f"{stage} {subject}": seconds for (stage, subject), seconds in last.items()},
        "costs": {key: costs(key, params.systems, last, peaks) for key in params.datasets},
        "note": NOTE,
    }
    write_record("embedded_default", {**result, "seconds": round(sum(last.values()), 1)}, seed=params.seed)


if __name__ == "__main__":
    main()
