"""A small system of its own that takes new items: log-odds from shared attributes, for tests of asking.

``score = -1 + sum_h s_h (0.6 |A_h & A_i|) + 0.2 sum_(a in A_i) sum_(h has a) s_h``, with ``s_h`` 1 for a like
and -1 for a dislike; an item of the history does not count for itself, and a picture adds 0.25
to the prior.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.new_item import NewItem
from explainrec_models.data.outputs import write_json
from explainrec_models.parts.card import Card
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.padding import padded

CARD = Card(
    title="Overlap",
    task="pointwise",
    signals=("interactions", "attributes", "images"),
    needs_language_model=False,
    explains=True,
    cold_items=True,
    full_ranking=True,
)


class Config(BaseModel):
    """No settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class System:
    """Counts of shared attributes."""

    def __init__(self, attributes: Mapping[str, tuple[str, ...]], new: Mapping[str, NewItem]) -> None:
        self._attributes = attributes
        self.new = new

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:  # noqa: ARG003
        return cls(corpus.attributes, {})

    def with_item(self, item: NewItem) -> Self:
        attributes = {**self._attributes, item.item_id: item.attributes}
        return type(self)(attributes, {**self.new, item.item_id: item})

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        pairs = zip(histories, candidates, strict=True)
        return padded([[explained.score for explained in self.explain(history, items)] for history, items in pairs])

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        return [self._explain_one(history, item) for item in item_ids]

    def _explain_one(self, history: History, item: str) -> Explanation:
        own = self._attributes[item]
        rows = [(h, 1 if liked else -1) for h, liked in zip(history.item_ids, history.liked, strict=True) if h != item]
        pictured = item in self.new and self.new[item].image_vector is not None
        contributions = (
            Contribution(schema.PRIOR, schema.PRIOR, -0.75 if pictured else -1.0),
            *(
                Contribution(schema.HISTORY, h, 0.6 * sign * len(set(own) & set(self._attributes[h])))
                for h, sign in rows
            ),
            *(
                Contribution(schema.ATTRIBUTE, a, 0.2 * sum(sign for h, sign in rows if a in self._attributes[h]))
                for a in own
            ),
        )
        score = sum(c.value for c in contributions)
        return Explanation(history.user_id, item, score, contributions, "exact linear")

    def save(self, folder: Path) -> None:
        write_json(folder / "system.json", {})

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:  # noqa: ARG003
        return cls(corpus.attributes, {})

    def report(self) -> Mapping[str, Any]:
        return {}
