"""The retriever: the teacher's best new items for a history, the list that language-model systems re-rank."""

from collections.abc import Sequence

from explainrec_models.data.histories import History
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.ranking import top_items


def retrieve(teacher: LinearTeacher, histories: Sequence[History], *, length: int) -> list[list[str]]:
    """Return the best ``length`` items a history, best first; items of the history are left out."""
    scores = teacher.score_all(histories)
    return [
        [item for item, _ in top_items(row, teacher.item_ids, length=length, exclude=set(history.item_ids))]
        for row, history in zip(scores, histories, strict=True)
    ]
