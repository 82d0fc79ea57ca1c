"""Stage ``check``: the Great Expectations suites over features, attribution labels and all predictions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data.unusable import UNUSABLE, unusable_reason
from explainrec_models.parts.retrieval import Order
from explainrec_models.quality.limits import OutputLimits
from explainrec_models.quality.outputs import Folders, output_layers
from explainrec_models.quality.published import Outcome, publish
from explainrec_models.quality.run import run_suites
from explainrec_models.registry import system_card


@dataclass(frozen=True)
class CheckReport:
    """What was checked and what failed.

    Attributes:
        systems: whose predictions were checked.
        rows: of each layer.
        unusable: systems without predictions because they cannot use the dataset, with the reason.
        outcome: of the suites.
    """

    systems: tuple[str, ...]
    rows: dict[str, int]
    unusable: dict[str, str]
    outcome: Outcome

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {**_facts(self.systems, self.rows, self.unusable), **asdict(self.outcome)}


def check(
    out: Path,
    *,
    key: str,
    prepared: Path,
    heldout: Path,
    image: Path,
    text: Path,
    labels: Path,
    predictions: Path,
    systems: Sequence[str],
    order: Order,
    scratch: Path,
    **limits: Any,
) -> CheckReport:
    """Check what the later stages wrote; a failed warning is shown, a failed critical expectation stops the pipeline.

    Args:
        out: folder to write: verdict, report and Data Docs.
        key: the dataset's key.
        prepared: folder of the tables that systems may see.
        heldout: folder of the rows to score.
        image: folder of the image features.
        text: folder of the text features.
        labels: folder of the attribution labels.
        predictions: folder with one folder a system.
        systems: their names.
        order: of re-ranked lists: ``fused`` ones go by the retriever's rank too.
        scratch: folder that gets a copy of ``out`` when a critical expectation fails; the pipeline keeps no output of
            a stage that failed.
        limits: fields of ``OutputLimits``, by name.

    Raises:
        MissingArtefactError: a stage has not run.
        QualityError: a critical expectation failed.
    """
    bounds = OutputLimits(**limits)
    folders = Folders(prepared, heldout, image, text, labels, predictions)
    reasons = {system: unusable_reason(predictions / system) for system in systems}
    unusable = {system: why for system, why in reasons.items() if why is not None}
    checked = tuple(system for system in systems if system not in unusable)
    fused = [system for system in checked if order == "fused" and not system_card(system).full_ranking]
    layers = output_layers(folders, checked, bounds, fused=fused)
    rows = {layer.name: layer.table.select(pl.len()).collect(engine="streaming").item() for layer in layers}
    outcome = publish(
        out,
        scratch=scratch,
        advice=(
            "A stage before this one wrote what it must not, or its files changed since: run that stage again, and "
            f"report it if the failure stays. If the data is right, correct `quality` in params.yaml for {key}."
        ),
        judge=lambda docs: run_suites(layers, dataset=key, docs=docs, rows_at_once=bounds.rows_at_once),
        facts=_facts(checked, rows, unusable),
    )
    return CheckReport(checked, rows, unusable, outcome)


def _facts(systems: Sequence[str], rows: dict[str, int], unusable: dict[str, str]) -> dict[str, Any]:
    return {"systems": list(systems), "rows": rows, **({UNUSABLE: unusable} if unusable else {})}
