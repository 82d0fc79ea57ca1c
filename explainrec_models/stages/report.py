"""Stage ``report``: one self-contained page with tables, plots and explained recommendations."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.reporting.render import render

PAGE_NAME = "index.html"


@dataclass(frozen=True)
class ReportReport:
    """What the page holds.

    Attributes:
        datasets: on the page.
        missing: datasets of params.yaml that have not been evaluated.
        recommendations: explained items, by dataset.
        pictures: item pictures ``shown``, ``absent``, ``unreadable`` and left out as ``over_budget``.
        page_bytes: size of the page.
    """

    datasets: Sequence[str]
    missing: Sequence[str]
    systems: Sequence[str]
    recommendations: Mapping[str, int]
    pictures: Mapping[str, int]
    page_bytes: int

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def report(
    out: Path, *, data: Path, datasets: Sequence[str], systems: Sequence[str], recipes: Mapping[str, str]
) -> ReportReport:
    """Write the page.

    Args:
        out: folder to write.
        data: folder that holds what earlier stages wrote.
        datasets: sections of the page, in order.
        systems: rows of every table, in order.
        recipes: name of the split recipe of each dataset.

    Raises:
        MissingArtefactError: an earlier stage has not run; the message names it.
        DataError: an input that is not what it claims to be.
    """
    page = render(data, datasets=datasets, systems=systems, recipes=recipes)
    content = page.html.encode("utf-8")
    facts = ReportReport(
        [key for key in datasets if key not in page.missing],
        list(page.missing),
        list(systems),
        page.recommendations,
        page.pictures,
        len(content),
    )
    with replacing(out) as folder:
        (folder / PAGE_NAME).write_bytes(content)
        write_json(folder / REPORT_NAME, facts.summary())
    return facts
