"""Answering "what should this user see, and why" from finished artefacts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from explainrec_models.asking.described_item import Description
from explainrec_models.asking.question import Question
from explainrec_models.asking.session import Session, open_session
from explainrec_models.data.paths import Paths
from explainrec_models.parts.explanation import Explanation
from explainrec_models.parts.ranking import top_items
from explainrec_models.parts.speaks import worded

NO_REASON = "The system gives no reasons."


@dataclass(frozen=True)
class Recommendation:
    """One recommended item with its reason.

    Attributes:
        score: of the system; comparable within one answer only.
        cited: titles of the history items that the reason cites.
        contributions: signed shares of the score, the largest first.
    """

    rank: int
    item_id: str
    title: str
    score: float
    reason: str
    cited: tuple[str, ...]
    method: str
    contributions: tuple[Mapping[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Seen:
    """One row of the user's history."""

    title: str
    liked: bool


@dataclass(frozen=True)
class Placed:
    """Where a new item stands among the candidates, whether it is among the recommended ones or not."""

    title: str
    score: float
    place: int
    candidates: int


@dataclass(frozen=True)
class Answer:
    """Recommendations for one user, and the history they stand on.

    Attributes:
        ranking: ``full``, or what was re-ranked.
        history: the most recent first.
        rows: what a row of the history is (``ratings``, ``events``, ``named items``).
        new_item: where the new item stands, if one was asked about.
    """

    dataset: str
    system: str
    user: str
    ranking: str
    history: tuple[Seen, ...]
    recommendations: tuple[Recommendation, ...]
    rows: str = "ratings"
    new_item: Placed | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def recommend(paths: Paths, question: Question, *, new_item: Description | None = None) -> Answer:
    """Recommend new items to a known or a new user and explain each.

    Args:
        paths: where the artefacts lie.
        question: who asks what.
        new_item: an extra candidate that the catalogue does not list.

    Raises:
        MissingArtefactError: the pipeline has not run for this dataset and system.
        UnknownNameError: a user without a row before the test cut, or an unknown item.
        NothingToLearnError: the system could learn nothing from this dataset.
        ParamsError: the system takes no new items, or the new item is not well described.
        DataError: the picture of the new item cannot be used.
    """
    session = open_session(paths, question, new_item=new_item)
    history = session.history
    scores = session.scores([history])
    order = session.order([history], scores)
    best = top_items(order[0], session.candidates, length=question.top, exclude=set(history.item_ids))
    items = [item for item, _ in best]
    score_of = dict(zip(session.candidates, scores[0].tolist(), strict=True))
    explanations = session.model.explain(history, items) if session.card.explains else [None] * len(items)
    recommendations = [
        _recommendation(session, rank, item, score_of[item], explanation, cited=question.cited)
        for rank, (item, explanation) in enumerate(zip(items, explanations, strict=True), start=1)
    ]
    seen = [Seen(session.titles[item], liked) for item, liked in zip(history.item_ids, history.liked, strict=True)]
    placed = None
    if session.new_item is not None:
        name = session.new_item.item_id
        own = score_of[name]
        count = sum(item not in history.item_ids for item in session.candidates)
        placed = Placed(session.new_item.title, own, int(session.places(order, name)[0]), count)
    return Answer(
        question.dataset,
        question.system,
        history.user_id,
        session.ranking,
        tuple(reversed(seen)),
        tuple(recommendations),
        rows=session.rows,
        new_item=placed,
    )


def _recommendation(
    session: Session, rank: int, item: str, score: float, explanation: Explanation | None, *, cited: int
) -> Recommendation:
    if explanation is None:
        return Recommendation(rank, item, session.titles[item], score, NO_REASON, (), "no", ())
    words, sources = worded(session.model, explanation, session.history, session.titles, cited=cited)
    ordered = sorted(explanation.contributions, key=lambda c: -abs(c.value))
    return Recommendation(
        rank=rank,
        item_id=item,
        title=session.titles[item],
        score=score,
        reason=words,
        cited=tuple(session.titles[source] for source in sources),
        method=explanation.method,
        contributions=tuple(asdict(c) for c in ordered),
    )
