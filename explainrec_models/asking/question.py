"""What every question to a fitted system says: who asks which system about which dataset, for how long an answer."""

from dataclasses import dataclass

from explainrec_models.asking.visitor import Taste
from explainrec_models.params import Retriever


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        dataset: the dataset's key.
        noun: what an item is called.
        system: name of the system that decides.
        user: a known user's id, or what a new one says.
        top: length of the list that the user sees.
        retriever: what draws the list that a system without full ranking re-ranks.
        retrieved: length of that list, which is never shorter than the one that is seen.
        cited: most history items that a reason cites.
    """

    dataset: str
    noun: str
    system: str
    user: str | Taste
    top: int
    retriever: Retriever
    retrieved: int
    cited: int
