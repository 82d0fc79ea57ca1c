"""What a system offers beside the protocol of every system if it words its reasons itself."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Explanation
from explainrec_models.parts.wording import reason


@runtime_checkable
class Speaks(Protocol):
    """A fitted system that puts an explanation into words."""

    def sentence(
        self, explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int
    ) -> tuple[str, list[str]]:
        """Return the reason in words and the history items that it cites as support.

        Args:
            explanation: contributions to one score of this system.
            history: what the user did.
            titles: title of each item.
            cited: most history items to cite.
        """
        ...


def worded(
    system: object, explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int
) -> tuple[str, list[str]]:
    """Return the reason in the words of the system where it has any, and of the template elsewhere.

    Args:
        system: that gave the score.
        explanation: contributions to the score.
        history: what the user did.
        titles: title of each item.
        cited: most history items to cite.
    """
    if isinstance(system, Speaks):
        return system.sentence(explanation, history, titles, cited=cited)
    return reason(explanation, history, titles, cited=cited)
