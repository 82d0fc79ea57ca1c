"""Popularity: the number of training likes, the same list for everybody.

The floor of every ranking table. Nothing differs from the usual definition; ties are broken by item id.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.parts.card import Card
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.padding import padded

CARD = Card(
    title="Popularity",
    task="both",
    signals=("interactions",),
    needs_language_model=False,
    explains=True,
    cold_items=False,
    full_ranking=True,
)


class Config(BaseModel):
    """Popularity has no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class System:
    """Counts of training likes."""

    def __init__(self, likes: Mapping[str, int]) -> None:
        self._likes = likes

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:  # noqa: ARG003
        """Count the likes of each item in the training rows."""
        liked = corpus.train.filter(pl.col(schema.LIKED) == 1).group_by(schema.ITEM_ID).len()
        return cls(dict(sorted(liked.iter_rows())))

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return (B, C) like counts; the histories do not matter."""
        assert len(histories) == len(candidates)
        return padded([[float(self._likes.get(item, 0)) for item in items] for items in candidates])

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Say what is true of every score: it is the prior and nothing else."""
        scores = self.score([history], [item_ids])[0]
        return [
            Explanation(
                history.user_id,
                item,
                float(score),
                (Contribution(schema.PRIOR, schema.PRIOR, float(score)),),
                "exact count",
            )
            for item, score in zip(item_ids, scores, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write the counts."""
        write_json(folder / "likes.json", self._likes)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:  # noqa: ARG003
        """Read the counts."""
        return cls(read_json(folder / "likes.json", made_by="tune"))

    def report(self) -> Mapping[str, Any]:
        """Return how many items have likes."""
        return {"liked_items": len(self._likes), "likes": sum(self._likes.values())}
