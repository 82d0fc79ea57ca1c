"""Rates: the item's like-rate plus the user's like-rate, counted from rows before the cut.

No paper proposes it as a system; it is the counting baseline that equals published 7-billion-parameter results on the
public splits of recommendation with language models, because the global AUC there mostly measures how often a user
likes things at all. On the published ML-1M split of CoLLM (Zhang et al., arXiv 2310.19488) it gives AUC 0.732 and UAUC
0.682.

Where all rows are likes, as events without ratings are, every rate is the same and there is nothing to count.

``score(u, i) = (likes_i + s m) / (rows_i + s) + (likes_u + s m) / (rows_u + s)`` with ``m`` the overall like-rate. The
item's counts come from the training rows, the user's from the history handed in, so that a new user needs no refitting.
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
from explainrec_models.data.one_label import refuse_one_label
from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.parts.card import Card
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.padding import padded

CARD = Card(
    title="Like rates (item + user)",
    task="both",
    signals=("interactions",),
    needs_language_model=False,
    explains=True,
    cold_items=False,
    full_ranking=True,
)


class Config(BaseModel):
    """Settings of the counting baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smoothing: float = 5.0
    """Imaginary rows at the overall rate that every item and user starts with."""


class System:
    """Smoothed like-rates."""

    def __init__(self, item_rates: Mapping[str, float], overall: float, smoothing: float) -> None:
        self._item_rates = item_rates
        self._overall = overall
        self._smoothing = smoothing

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:  # noqa: ARG003
        """Count likes and rows of each item in the training rows.

        Raises:
            NothingToLearnError: all rows have the same label.
        """
        refuse_one_label(corpus.train, "so that every item and every user has the same like-rate")
        overall = float(corpus.train[schema.LIKED].cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]
        likes = pl.col(schema.LIKED).cast(pl.Float64).sum()
        rate = (likes + config.smoothing * overall) / (pl.len() + config.smoothing)
        rates = corpus.train.group_by(schema.ITEM_ID).agg(rate.alias("rate"))
        return cls(dict(sorted(rates.iter_rows())), overall, config.smoothing)

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return (B, C) sums of the two rates; an unknown item has the overall rate."""
        rows = []
        for history, items in zip(histories, candidates, strict=True):
            user = self._user_rate(history)
            rows.append([self._item_rates.get(item, self._overall) + user for item in items])
        return padded(rows)

    def _user_rate(self, history: History) -> float:
        return (sum(history.liked) + self._smoothing * self._overall) / (len(history) + self._smoothing)

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Split the score: the item's rate plus the overall rate (prior), and each row's pull on the user's rate."""
        weight = 1 / (len(history) + self._smoothing)
        pulls: dict[str, float] = {}
        for item, liked in zip(history.item_ids, history.liked, strict=True):
            pulls[item] = pulls.get(item, 0.0) + weight * (float(liked) - self._overall)
        evidence = tuple(Contribution(schema.HISTORY, item, pull) for item, pull in pulls.items())
        explanations = []
        for item in item_ids:
            prior = self._item_rates.get(item, self._overall) + self._overall
            score = prior + sum(pulls.values())
            contributions = (Contribution(schema.PRIOR, schema.PRIOR, prior), *evidence)
            explanations.append(Explanation(history.user_id, item, score, contributions, "exact linear"))
        return explanations

    def save(self, folder: Path) -> None:
        """Write the rates."""
        content = {"overall": self._overall, "smoothing": self._smoothing, "item_rates": self._item_rates}
        write_json(folder / "rates.json", content)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:  # noqa: ARG003
        """Read the rates."""
        content = read_json(folder / "rates.json", made_by="tune")
        return cls(content["item_rates"], content["overall"], content["smoothing"])

    def report(self) -> Mapping[str, Any]:
        """Return the overall like-rate and how many items were counted."""
        return {"overall_like_rate": round(self._overall, 6), "items": len(self._item_rates)}
