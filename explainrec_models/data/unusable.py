"""A system that a dataset gives nothing to learn: the reason travels in its reports, and no other row stops for it."""

from pathlib import Path

from explainrec_models.data.outputs import REPORT_NAME, read_json

UNUSABLE = "unusable"
"""Of the reports of ``tune``, ``predict`` and ``explain``: why there is nothing else in the folder."""


def unusable_reason(folder: Path) -> str | None:
    """Return why a system cannot use the dataset, as the stage that wrote the folder says; None where it can."""
    report = folder / REPORT_NAME
    if not report.is_file():
        return None
    reason = read_json(report).get(UNUSABLE)
    return None if reason is None else str(reason)
