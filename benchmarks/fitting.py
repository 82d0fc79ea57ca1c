"""Fitting a row of a table: a system with the settings of params.yaml and, over them, those of the row."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cells import ROOT

from explainrec_models.data.corpus import Corpus
from explainrec_models.params import load_params
from explainrec_models.registry import System, system_class, system_config


def fitted(system: str, settings: Mapping[str, Any], corpus: Corpus, project: Path, *, seed: int) -> System:
    """Fit a system.

    Args:
        system: its name.
        settings: beside those of params.yaml.
        corpus: what it may see.
        project: where ``pretrained@language_model`` has run.
        seed: of the fit.
    """
    chosen = dict(load_params(ROOT / "params.yaml").system_settings.get(system, {}))
    with TemporaryDirectory() as scratch:
        return system_class(system).fit(
            corpus,
            system_config(system, {**chosen, **settings}),
            language_model=project / "data/pretrained/language_model",
            scratch=Path(scratch) / "tune",
            seed=seed,
        )
