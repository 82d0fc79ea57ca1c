"""Answering "what should this user see, and why" from finished artefacts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import require
from explainrec_models.data.paths import Paths
from explainrec_models.data.unusable import unusable_reason
from explainrec_models.errors import NothingToLearnError, UnknownNameError
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.ranking import top_items
from explainrec_models.parts.retrieval import retrieve
from explainrec_models.parts.wording import reason
from explainrec_models.registry import System, system_card, system_class


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
class Answer:
    """Recommendations for one user, and the history they stand on.

    Attributes:
        ranking: ``full``, or what was re-ranked.
        history: the most recent first.
    """

    dataset: str
    system: str
    user: str
    ranking: str
    history: tuple[Seen, ...]
    recommendations: tuple[Recommendation, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def recommend(
    paths: Paths, *, dataset: str, noun: str, system: str, user: str, top: int, retrieved: int, cited: int
) -> Answer:
    """Recommend new items to a known user and explain each.

    Args:
        paths: where the artefacts lie.
        dataset: the dataset's key.
        noun: what an item is called.
        system: name of the system that decides.
        user: id of the user.
        top: items to return.
        retrieved: length of the list that a system without full ranking re-ranks.
        cited: most history items that a reason cites.

    Raises:
        MissingArtefactError: the pipeline has not run for this dataset and system.
        UnknownNameError: a user without a row before the test cut.
        NothingToLearnError: the system could learn nothing from this dataset.
    """
    corpus = load_corpus(paths.prepared(dataset), key=dataset, noun=noun)
    histories = corpus.known_histories
    if user not in histories:
        advice = f"Users with ratings before the test cut of {dataset}: {len(histories)}."
        raise UnknownNameError(kind="user", name=user, known=histories, advice=advice)
    folder = require(paths.system(dataset, system), made_by=f"tune@{dataset}-{system}")
    why = unusable_reason(folder)
    if why is not None:
        message = f"{system} gives no recommendations for {dataset}: {why}. Choose another --system."
        raise NothingToLearnError(message)
    language_model = paths.pretrained("language_model")
    model = system_class(system).load(folder, corpus, language_model=language_model)
    history = histories[user]
    full = system_card(system).full_ranking
    best = _ranked(model, corpus, history, paths.labels(dataset), top=top, retrieved=None if full else retrieved)
    explanations = model.explain(history, [item for item, _ in best])
    recommendations = []
    for rank, ((item, score), explanation) in enumerate(zip(best, explanations, strict=True), start=1):
        words, sources = reason(explanation, history, corpus.titles, cited=cited)
        ordered = sorted(explanation.contributions, key=lambda c: -abs(c.value))
        recommendations.append(
            Recommendation(
                rank=rank,
                item_id=item,
                title=corpus.titles[item],
                score=score,
                reason=words,
                cited=tuple(corpus.titles[source] for source in sources),
                method=explanation.method,
                contributions=tuple(asdict(c) for c in ordered),
            )
        )
    seen = [Seen(corpus.titles[item], liked) for item, liked in zip(history.item_ids, history.liked, strict=True)]
    label = "full" if full else f"re-ranks the retriever's top {retrieved}"
    return Answer(dataset, system, user, label, tuple(reversed(seen)), tuple(recommendations))


def _ranked(
    model: System, corpus: Corpus, history: History, labels: Path, *, top: int, retrieved: int | None
) -> list[tuple[str, float]]:
    candidates: Sequence[str] = corpus.item_ids
    if retrieved is not None:
        teacher = LinearTeacher.load(labels / "teacher")
        candidates = retrieve(teacher, [history], length=max(retrieved, top))[0]
    scores = model.score([history], [candidates])[0]
    return top_items(scores, candidates, length=top, exclude=set(history.item_ids))
