"""Reasons in words cite only what contributes, and say so when nothing does."""

import pytest

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.wording import reason

TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"}
HISTORY = History("u", ("a", "b", "c"), (True, True, False), (1, 2, 3))


def explained(*contributions: tuple[str, str, float]) -> Explanation:
    parts = tuple(Contribution(*contribution) for contribution in contributions)
    return Explanation("u", "d", sum(c.value for c in parts), parts, "exact linear")


def test_the_strongest_items_are_cited_in_order() -> None:
    words, cited = reason(
        explained((schema.HISTORY, "a", 0.1), (schema.HISTORY, "b", 0.3), (schema.PRIOR, schema.PRIOR, 0.1)),
        HISTORY,
        TITLES,
        cited=3,
    )
    assert words == "Because you liked “Beta” and “Alpha”."
    assert cited == ["b", "a"]


def test_a_disliked_item_that_helps_is_called_disliked() -> None:
    words, cited = reason(explained((schema.HISTORY, "a", 0.3), (schema.HISTORY, "c", 0.2)), HISTORY, TITLES, cited=2)
    assert words == "Because you liked “Alpha” and did not like “Gamma”."
    assert cited == ["a", "c"]


def test_mere_popularity_is_admitted() -> None:
    words, cited = reason(explained((schema.PRIOR, schema.PRIOR, 2.0)), HISTORY, TITLES, cited=3)
    assert words == "Nothing in your history speaks for it; anyone would be shown it."
    assert cited == []


@pytest.mark.parametrize(("prior", "said"), [(0.29, False), (0.31, True)])
def test_popularity_is_named_when_it_is_half_of_the_support(prior: float, said: bool) -> None:  # noqa: FBT001
    words, _ = reason(
        explained((schema.HISTORY, "a", 0.3), (schema.PRIOR, schema.PRIOR, prior)), HISTORY, TITLES, cited=3
    )
    assert ("anyone would be shown it" in words) is said


def test_attributes_and_counter_evidence_are_named() -> None:
    words, _ = reason(
        explained((schema.HISTORY, "a", 0.4), (schema.HISTORY, "c", -0.3), (schema.ATTRIBUTE, "genre:Comedy", 0.2)),
        HISTORY,
        TITLES,
        cited=3,
    )
    assert words == (
        "Because you liked “Alpha”. It also fits your taste for Comedy (genre). "
        "Your disliking “Gamma” speaks against it."
    )


def test_citing_is_limited() -> None:
    _, cited = reason(explained((schema.HISTORY, "a", 0.4), (schema.HISTORY, "b", 0.3)), HISTORY, TITLES, cited=1)
    assert cited == ["a"]
