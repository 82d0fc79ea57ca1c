"""Stage ``card``: a system's card, resolved settings and the hash of all it stands on, in one file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.outputs import REPORT_NAME, read_json, write_json
from explainrec_models.registry import system_card, system_config, system_module
from explainrec_models.stages.fingerprint import code_of


@dataclass(frozen=True)
class CardReport:
    """Which system was described."""

    system: str
    code: str

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def card(out: Path, *, system: str, settings: Mapping[str, Any], seed: int, language_model: Path) -> CardReport:
    """Write what decides a system's results, so that ``tune`` depends on this file and on its data alone.

    Args:
        out: file to write.
        system: name of the system.
        settings: overrides of the system's defaults.
        seed: of the system's random choices.
        language_model: folder of the pretrained language model; its hash enters the cards of the systems that use it.

    Raises:
        ParamsError: a setting that the system does not have.
    """
    facts = system_card(system)
    code = code_of(system_module(system).__name__)
    weights = None
    if facts.needs_language_model:
        report = read_json(language_model / REPORT_NAME, made_by="pretrained@language_model")
        weights = {name: report.get(name) for name in ("name", "sha256", "note")}
    out.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "system": system,
        "card": asdict(facts),
        "settings": system_config(system, settings).model_dump(mode="json"),
        "seed": seed,
        "code": code,
        "language_model": weights,
    }
    write_json(out, content)
    return CardReport(system, code["sha256"])
