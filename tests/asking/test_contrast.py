"""One item against another, by hand: what both owe to the same thing cancels."""

import pytest

from explainrec_models.asking.contrast import contrast
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation

HISTORY = History("u", ("h1", "h2", "h3"), (True, False, True), (1, 2, 3))
TITLES = {"h1": "Alien", "h2": "Big", "h3": "Casino", "a": "Aliens", "b": "Babe"}


def explained(item: str, **values: float) -> Explanation:
    slots = {"prior": "prior", "Action": "attribute", "Family": "attribute"}
    sources = {"Action": "genre:Action", "Family": "genre:Family"}
    contributions = tuple(
        Contribution(slots.get(name, "history"), sources.get(name, name), value) for name, value in values.items()
    )
    return Explanation("u", item, sum(values.values()), contributions, "exact linear")


ONE = explained("a", prior=0.5, h1=0.4, h2=-0.1, h3=0.2, Action=0.3)
OTHER = explained("b", prior=0.7, h1=0.1, h2=0.05, h3=0.2, Family=0.25)


def test_differences_are_taken_slot_by_slot_and_sum_to_that_of_the_scores() -> None:
    """Scores 1.3 and 1.3: 0.3 (h1) + 0.3 (Action) - 0.25 (Family) - 0.2 (prior) - 0.15 (h2) + 0 (h3)."""
    found = contrast(ONE, OTHER, HISTORY, TITLES)
    assert {line.source: round(line.value, 9) for line in found.differences} == {
        "h1": 0.3,
        "genre:Action": 0.3,
        "genre:Family": -0.25,
        "prior": -0.2,
        "h2": -0.15,
        "h3": 0.0,
    }
    assert sum(line.value for line in found.differences) == pytest.approx(ONE.score - OTHER.score)
    sizes = [abs(line.value) for line in found.differences]
    assert sizes == sorted(sizes, reverse=True)


def test_the_sentence_names_what_speaks_for_each() -> None:
    found = contrast(explained("a", prior=0.5, h1=0.4, h2=-0.1), explained("b", prior=0.3, h2=0.2), HISTORY, TITLES)
    assert found.sentence == (
        "“Aliens” scores higher than “Babe” by 0.3. "
        "For “Aliens” rather than “Babe”: you liked “Alien” (0.4); the same for everyone (0.2). "
        "For “Babe” rather than “Aliens”: you did not like “Big” (0.3)."
    )
    alike = contrast(explained("a", prior=0.5), explained("b", prior=0.5), HISTORY, TITLES)
    assert alike.sentence.startswith("“Aliens” and “Babe” score the same. Nothing speaks for “Aliens” rather than")


def test_what_is_not_named_is_counted() -> None:
    found = contrast(ONE, explained("b", prior=-0.5), HISTORY, TITLES)
    assert "; and 1 more." in found.sentence
