"""A fitted system with everything that one question needs: who asks, what can be answered, under which titles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explainrec_models.asking.described_item import Description, encode_item, require_new_items
from explainrec_models.asking.question import Question
from explainrec_models.asking.visitor import Taste, history_of, row_word
from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.histories import History
from explainrec_models.data.new_item import NewItem
from explainrec_models.data.outputs import require
from explainrec_models.data.paths import Paths
from explainrec_models.data.unusable import unusable_reason
from explainrec_models.errors import NothingToLearnError
from explainrec_models.parts.card import Card
from explainrec_models.parts.new_items import TakesNewItems
from explainrec_models.parts.retrieval import Retriever, fused, retrieve
from explainrec_models.registry import System, system_card, system_class
from explainrec_models.retrievers import load_retriever, ranking_name

FULL = "full"
NAMED = "named items"
"""What the rows of a new user are."""


@dataclass(frozen=True)
class Session:
    """One person in front of one fitted system; ``C`` candidates.

    Attributes:
        candidates: what is ranked, items of the history among them.
        titles: of the catalogue, and of the new item where there is one.
        ranking: ``FULL``, or what is re-ranked.
        rows: what a row of the history is.
        new_item: what is asked about beside the catalogue.
        finder: the retriever with whose order the system's is fused; None where scores alone are the order.
    """

    system: str
    card: Card
    corpus: Corpus
    model: System
    history: History
    candidates: tuple[str, ...]
    titles: Mapping[str, str]
    ranking: str
    rows: str
    new_item: NewItem | None
    finder: Retriever | None = None

    @property
    def log_odds(self) -> bool:
        """Whether a score is the log-odds of a like: of systems that answer Yes or No, and of those that say so."""
        return self.card.task == "pointwise" or bool(getattr(self.model, "log_odds", False))

    def scores(self, histories: Sequence[History]) -> NDArray[np.float32]:
        """Return the scores (histories, C) of all candidates for each history."""
        return self.model.score(histories, [self.candidates] * len(histories))

    @cached_property
    def _found_at(self) -> NDArray[np.intp]:
        """Where the retriever has each candidate (C), -1 for one that it does not know."""
        assert self.finder is not None
        place = {item: column for column, item in enumerate(self.finder.item_ids)}
        return np.array([place.get(item, -1) for item in self.candidates], dtype=np.intp)

    def order(self, histories: Sequence[History], scores: NDArray[np.float32]) -> NDArray[np.floating]:
        """Return what candidates are ranked by for each history (histories, C), higher is better.

        That is the scores themselves, or their ranks fused with those of the retriever, who is asked anew for each
        history; what it does not know comes last there.

        Args:
            histories: one a row.
            scores: of the candidates.
        """
        if self.finder is None:
            return scores
        found = np.where(self._found_at >= 0, self.finder.score_all(histories)[:, self._found_at], -np.inf)
        return np.stack([fused(own, theirs) for own, theirs in zip(scores, found, strict=True)])

    def places(self, values: NDArray[np.floating], item: str) -> NDArray[np.int64]:
        """Return the place of a candidate in each row of what they are ranked by (histories, C), 1 being the first.

        Items of the history are not counted, whatever is left out of the history for a trial; of equal scores the
        earlier candidate is first, as in every ranking.
        """
        column, known = self.candidates.index(item), set(self.history.item_ids)
        own = values[:, [column]]
        before = np.arange(len(self.candidates)) < column
        shown = np.array([candidate not in known for candidate in self.candidates])
        ahead = ((values > own) | ((values == own) & before)) & shown
        places: NDArray[np.int64] = 1 + ahead.sum(axis=1)
        return places

    def including(self, item: str) -> "Session":
        """Return the session with an item among the candidates that the retriever did not find."""
        return self if item in self.candidates else replace(self, candidates=(*self.candidates, item))


def open_session(paths: Paths, question: Question, *, new_item: Description | None = None) -> Session:
    """Load a fitted system for one person.

    Args:
        paths: where the artefacts lie.
        question: who asks what.
        new_item: an extra candidate.

    Raises:
        MissingArtefactError: the pipeline has not run for this dataset and system.
        UnknownNameError: a user without a row before the test cut, or an unknown item.
        NothingToLearnError: the system could learn nothing from this dataset.
        ParamsError: the system takes no new items, or the item is not well described.
        DataError: the picture of the new item cannot be used.
    """
    dataset, system, retriever = question.dataset, question.system, question.retriever
    corpus = load_corpus(paths.prepared(dataset), key=dataset, noun=question.noun)
    history = history_of(corpus, question.user)
    length = max(question.retrieved, question.top)
    folder = require(paths.system(dataset, system), made_by=f"tune@{dataset}-{system}")
    why = unusable_reason(folder)
    if why is not None:
        message = f"{system} gives no recommendations for {dataset}: {why}. Choose another --system."
        raise NothingToLearnError(message)
    item = None
    if new_item is not None:
        require_new_items(system)
        item = encode_item(paths, new_item, known=corpus.titles)
    model = system_class(system).load(folder, corpus, language_model=paths.pretrained("language_model"))
    if item is not None:
        assert isinstance(model, TakesNewItems)
        model = model.with_item(item)
    card = system_card(system)
    candidates: Sequence[str] = corpus.item_ids
    finder: Retriever | None = None
    if not card.full_ranking:
        finder = load_retriever(
            retriever,
            paths.retriever(dataset, retriever),
            corpus,
            language_model=paths.pretrained("language_model"),
        )
        (candidates,) = retrieve(finder, [history], length=length)
    extra = {} if item is None else {item.item_id: item.title}
    return Session(
        system=system,
        card=card,
        corpus=corpus,
        model=model,
        history=history,
        candidates=(*candidates, *extra),
        titles={**corpus.titles, **extra},
        ranking=FULL if card.full_ranking else ranking_name(retriever, length),
        rows=NAMED if isinstance(question.user, Taste) else row_word(corpus),
        new_item=item,
        finder=finder if retriever.order == "fused" else None,
    )
