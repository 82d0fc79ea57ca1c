"""Stage ``tune``: fit a system on training rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.corpus import load_corpus
from explainrec_models.data.outputs import REPORT_NAME, read_json, replacing, write_json
from explainrec_models.data.unusable import UNUSABLE
from explainrec_models.errors import NothingToLearnError
from explainrec_models.registry import system_class, system_config


@dataclass(frozen=True)
class TuneReport:
    """What the system says of its fit, or why it learned nothing."""

    facts: Mapping[str, Any]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return dict(self.facts)


def tune(
    out: Path,
    *,
    card: Path,
    prepared: Path,
    features: Mapping[str, Path],
    key: str,
    noun: str,
    language_model: Path,
    scratch: Path,
) -> TuneReport:
    """Fit and save a system.

    A system that this dataset gives nothing to learn leaves a report with the reason and nothing else: the other rows
    of the table do not wait for it.

    Args:
        out: folder to write.
        card: file that the stage ``card`` wrote: which system, which settings, which seed.
        prepared: folder that ``prepare`` wrote; test rows are not in it.
        features: folder of the embeddings of each kind (``text``, ``image``), for systems that read them.
        key: the dataset's key.
        noun: what an item is called.
        language_model: folder of the pretrained language model.
        scratch: folder that survives a killed run, for checkpoints to resume from.

    Raises:
        MissingArtefactError: an earlier stage has not run.
    """
    described = read_json(card, made_by="card")
    name = described["system"]
    corpus = load_corpus(prepared, key=key, noun=noun, features=features)
    config = system_config(name, described["settings"])
    # Opened first: a place that cannot be written to is found before hours of training.
    with replacing(out) as folder:
        try:
            system = system_class(name).fit(
                corpus, config, language_model=language_model, scratch=scratch, seed=described["seed"]
            )
        except NothingToLearnError as error:
            report = TuneReport({"system": name, UNUSABLE: str(error)})
        else:
            report = TuneReport({"system": name, **system.report()})
            system.save(folder)
        write_json(folder / REPORT_NAME, report.summary())
    return report
