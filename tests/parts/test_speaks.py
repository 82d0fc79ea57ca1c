"""Reasons come in a system's own words where it has any."""

from collections.abc import Mapping

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.speaks import Speaks, worded
from explainrec_models.systems import ease, explainrec

HISTORY = History("u", ("a",), (True,), (1,))
EXPLANATION = Explanation("u", "b", 0.3, (Contribution(schema.HISTORY, "a", 0.3),), "exact linear")


class Terse:
    """The least that speaks."""

    def sentence(
        self, explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int
    ) -> tuple[str, list[str]]:
        sources = [c.source for c in explanation.strongest(cited) if c.source in history.item_ids]
        return f"{titles[sources[0]]}!", sources


def test_a_system_that_speaks_is_heard_and_the_template_speaks_for_others() -> None:
    assert worded(Terse(), EXPLANATION, HISTORY, {"a": "Alpha"}, cited=2) == ("Alpha!", ["a"])
    assert worded(object(), EXPLANATION, HISTORY, {"a": "Alpha"}, cited=2) == ("Because you liked “Alpha”.", ["a"])


def test_explainrec_speaks_and_ease_does_not() -> None:
    assert issubclass(explainrec.System, Speaks)
    assert not issubclass(ease.System, Speaks)
