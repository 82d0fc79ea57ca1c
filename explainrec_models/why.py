"""Answering "why does this item get its score" from finished artefacts: shares, another item, what would change it."""

from dataclasses import asdict, dataclass
from typing import Any

from explainrec_models.asking.contrast import Contrast, contrast
from explainrec_models.asking.counterfactual import Counterfactual, Standing, counterfactual, standings
from explainrec_models.asking.described_item import Description
from explainrec_models.asking.evidence_lines import Line, lines_of, sums_up
from explainrec_models.asking.item_names import find_item
from explainrec_models.asking.question import Question
from explainrec_models.asking.session import Session, open_session
from explainrec_models.data.paths import Paths
from explainrec_models.errors import ParamsError
from explainrec_models.parts.speaks import worded
from explainrec_models.registry import system_card


@dataclass(frozen=True)
class Why:
    """Why one item gets its score from one system for one user.

    Attributes:
        user: id, or ``new user``.
        standing: score, place and, where the system answers Yes or No, probability.
        candidates: how many items the place is among.
        ranking: ``full``, or what is re-ranked.
        rows: how many rows the history has.
        contributions: signed shares of the score, the largest first.
        total: their sum.
        exact: whether the sum is the score; shares by leaving one out need not sum to it.
        reason: in words.
        cited: titles of the history items that the reason cites.
        instead_of: the item held against the other one that was asked about.
    """

    dataset: str
    system: str
    user: str
    item_id: str
    title: str
    standing: Standing
    candidates: int
    ranking: str
    rows: int
    method: str
    contributions: tuple[Line, ...]
    total: float
    exact: bool
    reason: str
    cited: tuple[str, ...]
    counterfactual: Counterfactual
    instead_of: Contrast | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def why(paths: Paths, question: Question, item: str | Description, *, instead_of: str | None = None) -> Why:
    """Explain one score on the system that gives it.

    Args:
        paths: where the artefacts lie.
        question: who asks what.
        item: id or title of an item, or the description of a new one.
        instead_of: id or title of an item to hold it against.

    Raises:
        MissingArtefactError: the pipeline has not run for this dataset and system.
        UnknownNameError: a user without a row before the test cut, or an unknown item.
        NothingToLearnError: the system could learn nothing from this dataset.
        ParamsError: the system gives no reasons or takes no new items, or the two items are one.
        DataError: the picture of the new item cannot be used.
    """
    if not system_card(question.system).explains:
        message = f"{question.system} gives no reasons, as its card says; choose another --system."
        raise ParamsError(message)
    described = item if isinstance(item, Description) else None
    session = open_session(paths, question, new_item=described)
    item_id = find_item(session.corpus, item) if isinstance(item, str) else None
    if item_id is None:
        assert session.new_item is not None
        item_id = session.new_item.item_id
    other = None if instead_of is None else find_item(session.corpus, instead_of)
    if other == item_id:
        message = f"--item and --instead-of are the same item: “{session.titles[item_id]}” (id {item_id})."
        raise ParamsError(message)
    return _answer(session.including(item_id), item_id, other, top=question.top, cited=question.cited)


def _answer(session: Session, item: str, other: str | None, *, top: int, cited: int) -> Why:
    history = session.history
    explained, *against = session.model.explain(history, [item] if other is None else [item, other])
    (standing,) = standings(session, [history], item)
    words, sources = worded(session.model, explained, history, session.titles, cited=cited)
    return Why(
        dataset=session.corpus.key,
        system=session.system,
        user=history.user_id,
        item_id=item,
        title=session.titles[item],
        standing=standing,
        candidates=sum(candidate not in history.item_ids for candidate in session.candidates),
        ranking=session.ranking,
        rows=len(history),
        method=explained.method,
        contributions=lines_of(explained.contributions, history, session.titles),
        total=sum(c.value for c in explained.contributions),
        exact=sums_up(explained),
        reason=words,
        cited=tuple(session.titles[source] for source in sources),
        counterfactual=counterfactual(session, explained, standing, top=top),
        instead_of=contrast(explained, against[0], history, session.titles) if against else None,
    )
