"""Stage ``validate``: the Great Expectations suites over the raw rows, before anything is computed from them."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.loading import read_raw
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.rules import CRITICAL, WARNING
from explainrec_models.quality.run import check_raw
from explainrec_models.quality.verdict import VERDICT_NAME, failures, require_success

DATA_DOCS = "data_docs"


@dataclass(frozen=True)
class ValidateReport:
    """What was checked and what failed.

    Attributes:
        dropped: rows that the reader left out or filled in, by reason.
        critical_failures: layer and name of each.
        warnings: layer and name of each.
    """

    dataset: str
    interactions: int
    items: int
    dropped: Mapping[str, int]
    expectations: int
    critical_failures: tuple[str, ...]
    warnings: tuple[str, ...]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def validate(
    out: Path, *, key: str, raw: Path, layout: str, categories: Sequence[str], scratch: Path, **limits: Any
) -> ValidateReport:
    """Check the raw rows; a failed warning is shown, a failed critical expectation stops the pipeline.

    Args:
        out: folder to write: verdict, report and Data Docs.
        key: the dataset's key.
        raw: folder that ``fetch`` wrote.
        layout: how the raw files are laid out.
        categories: categories to read, for layouts that have them.
        scratch: folder that gets a copy of ``out`` when a critical expectation fails; the pipeline keeps no output of
            a stage that failed.
        limits: fields of ``Limits``, by name.

    Raises:
        DataError: a raw file cannot be read at all.
        QualityError: a critical expectation failed.
    """
    tables = read_raw(raw, layout=layout, categories=categories)
    with replacing(out) as folder:
        verdict = check_raw(tables.interactions, tables.items, Limits(**limits), dataset=key, docs=folder / DATA_DOCS)
        report = ValidateReport(
            dataset=key,
            interactions=tables.interactions.height,
            items=tables.items.height,
            dropped=dict(sorted(tables.dropped.items())),
            expectations=len(verdict["expectations"]),
            critical_failures=_names(failures(verdict, CRITICAL)),
            warnings=_names(failures(verdict, WARNING)),
        )
        write_json(folder / VERDICT_NAME, verdict)
        write_json(folder / REPORT_NAME, report.summary())
    # A copy of an earlier failure would contradict this verdict.
    shutil.rmtree(scratch, ignore_errors=True)
    if not verdict["success"]:
        shutil.copytree(out, scratch)
    advice = (
        f"Correct the files in {raw}; if they are right, correct `quality` or `sources.{key}` in params.yaml. "
        f"Then run the stage again."
    )
    require_success(verdict, data_docs=scratch / DATA_DOCS, advice=advice)
    return report


def _names(expectations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{one['layer']}: {one['name']}" for one in expectations)
