"""Reading what earlier stages wrote, each absence named with the stage that fills it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data.outputs import REPORT_NAME, read_json, require
from explainrec_models.errors import DataError


@dataclass(frozen=True)
class SystemCard:
    """A system's card file, ``data/cards/<system>.json``.

    Attributes:
        card: the facts that the system declares about itself.
        provenance: everything else in the file (settings, code, language model).
    """

    system: str
    card: Mapping[str, Any]
    provenance: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Name to show in tables and headings."""
        return str(self.card["title"])


@dataclass(frozen=True)
class SystemReasons:
    """What stage ``explain`` wrote for one system on one dataset."""

    reasons: pl.DataFrame
    contributions: pl.DataFrame
    deletions: pl.DataFrame


@dataclass(frozen=True)
class DatasetInputs:
    """Everything the page shows of one dataset.

    Attributes:
        raw: folder with the source's own files; pictures lie below it.
        source: report of stage ``fetch``.
        prepared: report of stage ``prepare``.
        quality: report of stage ``validate``.
        verdict: outcome of every expectation.
        evaluation: report of stage ``evaluate``.
        metrics: value of each metric of each system; absent where it was not measured.
        explanations: one entry for each system whose card says that it explains.
    """

    key: str
    raw: Path
    source: Mapping[str, Any]
    prepared: Mapping[str, Any]
    quality: Mapping[str, Any]
    verdict: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, float]]
    intervals: pl.DataFrame
    calibration: pl.DataFrame
    deletion: pl.DataFrame
    items: pl.DataFrame
    train: pl.DataFrame
    valid: pl.DataFrame
    explanations: Mapping[str, SystemReasons]


def read_cards(data: Path, systems: Sequence[str]) -> dict[str, SystemCard]:
    """Read the card of every system.

    Raises:
        MissingArtefactError: a card is not there.
        DataError: a card file without the card.
    """
    cards = {}
    for system in systems:
        path = data / "cards" / f"{system}.json"
        content = read_json(path, made_by=f"card@{system}")
        if "title" not in content.get("card", {}):
            message = f"{path} holds no `card` with a `title`; run `dvc repro card@{system}` to write it anew."
            raise DataError(message)
        provenance = {key: value for key, value in content.items() if key not in {"card", "system"}}
        cards[system] = SystemCard(system, content["card"], provenance)
    return cards


def read_dataset(data: Path, key: str, cards: Mapping[str, SystemCard]) -> DatasetInputs:
    """Read the folders of one dataset.

    Raises:
        MissingArtefactError: a file is not there.
        DataError: the evaluation knows nothing of a listed system.
    """
    evaluation, prepared = data / "evaluation" / key, data / "prepared" / key
    facts = read_json(evaluation / REPORT_NAME, made_by=f"evaluate@{key}")
    missing = [system for system in cards if system not in facts["systems"]]
    if missing:
        message = (
            f"{evaluation} compares {', '.join(facts['systems'])}, but params.yaml also lists {', '.join(missing)}. "
            f"Run `dvc repro evaluate@{key}`."
        )
        raise DataError(message)
    return DatasetInputs(
        key=key,
        raw=data / "raw" / key,
        source=read_json(data / "raw" / key / REPORT_NAME, made_by=f"fetch@{key}"),
        prepared=read_json(prepared / REPORT_NAME, made_by=f"prepare@{key}"),
        quality=read_json(data / "quality" / key / REPORT_NAME, made_by=f"validate@{key}"),
        verdict=read_json(data / "quality" / key / "verdict.json", made_by=f"validate@{key}"),
        evaluation=facts,
        metrics=read_json(evaluation / "metrics.json", made_by=f"evaluate@{key}"),
        intervals=_read_table(evaluation / "intervals.parquet", f"evaluate@{key}"),
        calibration=_read_table(evaluation / "calibration.csv", f"evaluate@{key}"),
        deletion=_read_table(evaluation / "deletion.csv", f"evaluate@{key}"),
        items=_read_table(prepared / "items.parquet", f"prepare@{key}"),
        train=_read_table(prepared / "train.parquet", f"prepare@{key}"),
        valid=_read_table(prepared / "valid.parquet", f"prepare@{key}"),
        explanations={
            system: _read_reasons(data / "explanations" / key / system, f"explain@{key}-{system}")
            for system, card in cards.items()
            if card.card.get("explains")
        },
    )


def _read_reasons(folder: Path, made_by: str) -> SystemReasons:
    return SystemReasons(
        *(_read_table(folder / f"{name}.parquet", made_by) for name in ("reasons", "contributions", "deletions"))
    )


def _read_table(path: Path, made_by: str) -> pl.DataFrame:
    require(path, made_by=made_by)
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
