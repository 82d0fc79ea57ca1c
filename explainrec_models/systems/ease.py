"""EASE: "Embarrassingly Shallow Autoencoders for Sparse Data", Steck, WWW 2019, arXiv 1905.03375.

Implemented: the closed form (section 3.1) on the matrix of training likes, the L2 penalty chosen on validation rows
from a list of ours. Differs from the paper: nothing else at the default settings up to 12,000 items; beyond them each
item is regressed on its nearest ones alone (``parts/sparse_ease.py``), since the closed form inverts a dense matrix of
all items; ``decays`` below 1 weigh the history by recency, which is ours. Unverified: the paper's own data sets.
A linear model: its contributions are exact.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import sparse

from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.matrix import like_matrix
from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.parts.card import Card, QuotedResult
from explainrec_models.parts.explanation import Explanation
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.padding import padded
from explainrec_models.parts.sparse_ease import fit_item_weights
from explainrec_models.parts.teaching import validation_part
from explainrec_models.parts.validation import validation_ndcg

CARD = Card(
    title="EASE",
    task="ranking",
    signals=("interactions",),
    needs_language_model=False,
    explains=True,
    cold_items=False,
    full_ranking=True,
    parts=("ease", "sparse_ease", "linear_teacher"),
    quoted=(QuotedResult("ml-1m_general", "ndcg_at_10_score", 0.2865, "RecBole's leaderboard (commit 9adac54)"),),
)


class Config(BaseModel):
    """Settings of EASE."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regularisations: tuple[float, ...] = (100.0, 250.0, 500.0, 1000.0)
    """L2 penalties to choose from on validation rows."""
    decays: tuple[float, ...] = (1.0,)
    """Weights of a liked item by each step of age; 1 is the paper's model."""
    dense_items: int = 12_000
    """Largest catalogue whose item-item matrix is inverted whole, which takes some 4 GB there."""
    neighbours: int = 200
    """Items that may add to an item's score in a larger catalogue."""


class System:
    """A linear item-item model without attributes."""

    def __init__(self, model: LinearTeacher, choice: Mapping[str, Any]) -> None:
        self._model = model
        self._choice = choice

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:  # noqa: ARG003
        """Solve for every penalty and keep the best on validation rows."""
        likes = like_matrix(corpus.train, corpus.item_ids)
        none = sparse.csr_array(np.zeros((len(corpus.item_ids), 0), dtype=np.float32))
        judged = validation_part(corpus)
        best: tuple[float, LinearTeacher, dict[str, Any]] | None = None
        tried = []
        models = fit_item_weights(
            likes,
            regularisations=config.regularisations,
            centred=False,
            dense_items=config.dense_items,
            neighbours=config.neighbours,
        )
        for regularisation, weights in zip(config.regularisations, models, strict=True):
            for decay in config.decays:
                model = LinearTeacher(tuple(corpus.item_ids), (), weights, none, np.zeros(0, dtype=np.float32), decay)
                value = round(validation_ndcg(model.score_all, judged), 6)
                choice = {"regularisation": regularisation, "decay": decay, "valid_ndcg_at_10_score": value}
                tried.append(choice)
                if best is None or value > best[0]:
                    best = (value, model, choice)
        assert best is not None
        return cls(best[1], {"chosen": best[2], "tried": tried, "weights": best[1].model.form()})

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return (B, C) scores; an item outside the catalogue scores 0, as one without training likes does."""
        scores = self._model.score_all(histories)
        position = self._model.position
        return padded(
            [
                [float(scores[row, position[item]]) if item in position else 0.0 for item in items]
                for row, items in enumerate(candidates)
            ]
        )

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Split each score into what every history item adds."""
        return self._model.explain(history, item_ids)

    def save(self, folder: Path) -> None:
        """Write the weights and how they were chosen."""
        self._model.save(folder)
        write_json(folder / "choice.json", self._choice)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:  # noqa: ARG003
        """Read the weights."""
        return cls(LinearTeacher.load(folder), read_json(folder / "choice.json", made_by="tune"))

    def report(self) -> Mapping[str, Any]:
        """Return the penalties tried, the chosen one and the form of the weights."""
        return self._choice
