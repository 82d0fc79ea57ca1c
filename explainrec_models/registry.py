"""Finding a system by its name: the module name in explainrec_models/systems is the only registry."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from explainrec_models import systems
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.parts.card import Card
from explainrec_models.parts.explanation import Explanation


class System(Protocol):
    """What every system offers. ``B`` users, ``C`` candidates.

    A system module holds a docstring, a frozen pydantic ``Config``, a ``CARD`` and one class ``System``.
    """

    @classmethod
    def fit(cls, corpus: Corpus, config: Any, *, language_model: Path, scratch: Path, seed: int) -> Self:
        """Fit on training rows; choose settings on validation rows.

        Args:
            corpus: what may be seen.
            config: the module's ``Config``.
            language_model: folder of pretrained weights; systems without a language model ignore it.
            scratch: folder that survives a killed run; checkpoints to resume from live here.
            seed: of every random choice.

        Raises:
            NothingToLearnError: the dataset lacks what this system learns from; the stage reports the reason.
        """
        ...

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Score candidates; higher is better.

        Args:
            histories: one a user (B).
            candidates: one list a user (B, up to C).

        Returns:
            (B, C), padded with NaN behind a user's last candidate.
        """
        ...

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Explain the score of each item, if the card says so."""
        ...

    def save(self, folder: Path) -> None:
        """Write safetensors and JSON into an existing folder."""
        ...

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:
        """Read what ``save`` wrote; the scores are equal to those before saving."""
        ...

    def report(self) -> Mapping[str, Any]:
        """Return facts about the fit for the stage report (chosen settings, validation scores)."""
        ...


def system_names() -> list[str]:
    """Return the name of every system file."""
    folder = Path(systems.__path__[0])
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))


def system_module(name: str) -> ModuleType:
    """Import the module of a system.

    Raises:
        UnknownNameError: no file of that name.
    """
    if name not in system_names():
        advice = "A system is a file in explainrec_models/systems."
        raise UnknownNameError(kind="system", name=name, known=system_names(), advice=advice)
    return importlib.import_module(f"{systems.__name__}.{name}")


def system_class(name: str) -> type[System]:
    """Return the class of a system."""
    return cast("type[System]", system_module(name).System)


def system_card(name: str) -> Card:
    """Return the card of a system."""
    return cast("Card", system_module(name).CARD)


def system_config(name: str, settings: Mapping[str, Any]) -> BaseModel:
    """Build the config of a system from its settings in params.yaml.

    Raises:
        ParamsError: a setting the system does not have, or a value it cannot use.
    """
    config_class = cast("type[BaseModel]", system_module(name).Config)
    for key in settings:
        if key not in config_class.model_fields:
            raise UnknownNameError(kind=f"setting of system {name!r}", name=key, known=config_class.model_fields)
    try:
        return config_class.model_validate(dict(settings))
    except ValidationError as error:
        message = f"system_settings.{name} in params.yaml: {error}"
        raise ParamsError(message) from error
