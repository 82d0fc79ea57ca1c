"""A verdict as a stage's output: its files, a copy of a failure, and the error that stops the pipeline."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.quality.rules import CRITICAL, WARNING
from explainrec_models.quality.verdict import VERDICT_NAME, Verdict, failures, require_success

DATA_DOCS = "data_docs"


@dataclass(frozen=True)
class Outcome:
    """What was checked and what failed.

    Attributes:
        critical_failures: layer and name of each.
        warnings: layer and name of each.
    """

    dataset: str
    expectations: int
    critical_failures: tuple[str, ...]
    warnings: tuple[str, ...]


def outcome_of(verdict: Verdict) -> Outcome:
    """Return the short form of a verdict."""
    return Outcome(
        dataset=verdict["dataset"],
        expectations=len(verdict["expectations"]),
        critical_failures=_names(verdict, CRITICAL),
        warnings=_names(verdict, WARNING),
    )


def publish(
    out: Path,
    *,
    scratch: Path,
    advice: str,
    judge: Callable[[Path], Verdict],
    files: Mapping[str, Callable[[], Mapping[str, Any]]] | None = None,
    facts: Mapping[str, Any],
) -> Outcome:
    """Write verdict, report and Data Docs, and stop the pipeline at a critical failure.

    Args:
        out: folder to write.
        scratch: folder that gets a copy of ``out`` when a critical expectation fails; the pipeline keeps no output of
            a stage that failed.
        advice: what to do about a failure.
        judge: runs the suites and writes Data Docs into the folder that it is given.
        files: name to content of other JSON files.
        facts: of the report, beside the outcome.

    Raises:
        QualityError: a critical expectation failed.
    """
    with replacing(out) as folder:
        verdict = judge(folder / DATA_DOCS)
        outcome = outcome_of(verdict)
        write_json(folder / VERDICT_NAME, verdict)
        write_json(folder / REPORT_NAME, {**facts, **asdict(outcome)})
        for name, content in (files or {}).items():
            write_json(folder / name, content())
    # A copy of an earlier failure would contradict this verdict.
    shutil.rmtree(scratch, ignore_errors=True)
    if not verdict["success"]:
        shutil.copytree(out, scratch)
    require_success(verdict, data_docs=scratch / DATA_DOCS, advice=advice)
    return outcome


def _names(verdict: Verdict, severity: str) -> tuple[str, ...]:
    return tuple(f"{one['layer']}: {one['name']}" for one in failures(verdict, severity))
