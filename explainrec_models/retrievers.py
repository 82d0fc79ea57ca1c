"""The retriever that params.yaml names: the linear teacher, or a system that ranks the whole catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import require
from explainrec_models.data.unusable import unusable_reason
from explainrec_models.errors import NothingToLearnError, ParamsError
from explainrec_models.params import Retriever as Choice
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.retrieval import Retriever
from explainrec_models.registry import System, system_card, system_class, system_names


def ranking_name(choice: Choice, length: int) -> str:
    """Return what the ranking of a system without full ranking is called."""
    return f"re-ranks the retriever's top {length}{', both ranks fused' if choice.order == 'fused' else ''}"


@dataclass(frozen=True)
class _WholeCatalogue:
    """A system as a retriever."""

    system: System
    item_ids: Sequence[str]

    def score_all(self, histories: Sequence[History]) -> NDArray[np.float32]:
        return self.system.score(histories, [self.item_ids] * len(histories))


def load_retriever(choice: Choice, folder: Path, corpus: Corpus, *, language_model: Path) -> Retriever:
    """Read what draws the lists that systems without full ranking re-rank.

    Args:
        choice: as params.yaml names it.
        folder: where it lies.
        corpus: what may be seen.
        language_model: folder of pretrained weights.

    Raises:
        MissingArtefactError: it has not been fitted.
        ParamsError: it does not rank the whole catalogue.
        NothingToLearnError: it could learn nothing from the dataset.
    """
    if choice.kind == "labels":
        return LinearTeacher.load(folder)
    if not system_card(choice.name).full_ranking:
        able = ", ".join(name for name in system_names() if system_card(name).full_ranking)
        message = (
            f"params.yaml: {choice.name} cannot be the retriever, since it re-ranks a list itself. "
            f"Systems that rank the whole catalogue: {able}."
        )
        raise ParamsError(message)
    require(folder, made_by=f"tune@{corpus.key}-{choice.name}")
    why = unusable_reason(folder)
    if why is not None:
        message = f"the retriever {choice.name} finds nothing in {corpus.key}: {why}. Name another under `retriever`."
        raise NothingToLearnError(message)
    return _WholeCatalogue(
        system_class(choice.name).load(folder, corpus, language_model=language_model), corpus.item_ids
    )
