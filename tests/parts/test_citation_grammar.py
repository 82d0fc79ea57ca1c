"""Sentences of the grammar: each one a language model could choose says what the explanation says, and no more."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_reasons import Case, cases, claims

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.citation_grammar import Citation, Node, gathered, quoted, sentences, shown
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.token_grammar import Arm

TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"}
HISTORY = History("u", ("a", "b", "c", "d"), (True, True, False, True), (1, 2, 3, 4))


def admitted(*contributions: tuple[str, str, float], cited: int = 3) -> set[str]:
    parts = tuple(Contribution(*contribution) for contribution in contributions)
    explanation = Explanation("u", "new", sum(c.value for c in parts), parts, "exact linear")
    return {words(path) for path in paths(sentences(gathered(explanation, HISTORY, TITLES, cited=cited)))}


def paths(node: Node) -> Iterator[tuple[Arm[Citation], ...]]:
    for arm in node:
        if not arm.then:
            yield (arm,)
        for rest in paths(arm.then):
            yield (arm, *rest)


def words(path: tuple[Arm[Citation], ...]) -> str:
    return "".join(arm.words for arm in path)


def test_one_liked_item_has_these_sentences_and_no_others() -> None:
    assert admitted((schema.HISTORY, "a", 0.3)) == {
        f"{opening} {verb} “Alpha”{closing}"
        for opening, closing in (
            ("Because you", "."),
            ("You", "; that speaks for it."),
            ("It is recommended because you", "."),
        )
        for verb in ("liked", "enjoyed")
    }


def test_further_items_follow_in_their_order_and_may_be_left_out() -> None:
    said = admitted((schema.HISTORY, "a", 0.1), (schema.HISTORY, "b", 0.3), (schema.HISTORY, "d", 0.2))
    lists = {
        sentence.removeprefix("Because you liked ") for sentence in said if sentence.startswith("Because you liked")
    }
    assert lists == {
        "“Beta”.",
        "“Beta” and “Delta”.",
        "“Beta” and “Alpha”.",
        "“Beta” as well as “Delta”.",
        "“Beta” as well as “Alpha”.",
        "“Beta”, “Delta” and “Alpha”.",
        "“Beta”, “Delta” as well as “Alpha”.",
    }


def test_a_disliked_item_that_helps_is_called_disliked() -> None:
    said = admitted((schema.HISTORY, "a", 0.2), (schema.HISTORY, "c", 0.3))
    assert "Because you did not like “Gamma” but liked “Alpha”." in said
    assert "You disliked “Gamma”; that speaks for it." in said
    assert all("“Gamma”" in sentence for sentence in said)
    assert not any("liked “Gamma”" in sentence.replace("disliked", "") for sentence in said)


def test_nothing_to_cite_is_admitted() -> None:
    said = admitted((schema.PRIOR, schema.PRIOR, 2.0), (schema.HISTORY, "a", -0.1))
    assert len(said) == 4
    assert all(
        "anyone would be shown it. " in sentence and "“Alpha” speaks against it." in sentence for sentence in said
    )


@pytest.mark.parametrize(("prior", "expected"), [(0.29, False), (0.31, True)])
def test_popularity_is_always_named_when_it_is_half_of_the_support(prior: float, expected: bool) -> None:  # noqa: FBT001
    said = admitted((schema.HISTORY, "a", 0.3), (schema.PRIOR, schema.PRIOR, prior))
    assert {"though, anyone would be shown it." in sentence for sentence in said} == {expected}


@pytest.mark.parametrize(("value", "expected"), [(0.1, {True, False}), (0.4, {True})])
def test_an_attribute_that_outweighs_every_item_is_always_named(value: float, expected: set[bool]) -> None:
    said = admitted((schema.HISTORY, "a", 0.3), (schema.ATTRIBUTE, "genre:Comedy", value))
    assert {"Comedy (genre)" in sentence for sentence in said} == expected
    assert "Because you liked “Alpha”. It also fits your taste for Comedy (genre)." in said


def test_attributes_alone_make_a_sentence() -> None:
    said = admitted(
        (schema.ATTRIBUTE, "genre:Comedy", 0.3), (schema.ATTRIBUTE, "by:Ann", 0.2), (schema.ATTRIBUTE, "x", 0.1)
    )
    assert "It fits your taste for Comedy (genre) and Ann (by)." in said
    assert all("taste for Comedy (genre)" in sentence for sentence in said)
    assert not any(" x" in sentence for sentence in said)


@pytest.mark.parametrize("value", [-0.3, -0.1])
def test_what_speaks_strongly_against_it_is_always_said(value: float) -> None:
    said = admitted((schema.HISTORY, "a", 0.4), (schema.HISTORY, "c", value))
    endings = {ending for sentence in said if (ending := sentence.partition(". ")[2])}
    both = {"Your disliking “Gamma” speaks against it.", "That you did not like “Gamma” speaks against it."}
    assert endings == (both if value == -0.3 else set())
    assert all(sentence.endswith("against it.") for sentence in said) is (value == -0.3)


def test_items_that_read_alike_are_named_once() -> None:
    explanation = Explanation(
        "u",
        "new",
        0.5,
        (Contribution(schema.HISTORY, "a", 0.2), Contribution(schema.HISTORY, "b", 0.3)),
        "exact linear",
    )
    evidence = gathered(explanation, HISTORY, {"a": "Twin", "b": "Twin "}, cited=2)
    assert [piece.citation.source for piece in evidence.history] == ["b"]


def test_many_items_make_no_large_grammar() -> None:
    items = tuple(str(number) for number in range(60))
    history = History("u", items, (True,) * 60, tuple(range(60)))
    parts = tuple(Contribution(schema.HISTORY, item, 1.0) for item in items)
    node = sentences(gathered(Explanation("u", "new", 60.0, parts, "exact linear"), history, {}, cited=60))
    seen: set[int] = set()
    waiting = [*node]
    while waiting:
        arm = waiting.pop()
        if id(arm) not in seen:
            seen.add(id(arm))
            waiting += arm.then
    assert len(seen) < 60_000


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A” and “B", "“A' and 'B”"),
        ("a\x00\x1b[0m\n\u202eb\ud800", "“a [0m b”"),
        ("", "“untitled”"),
        ('The "<b>" One', '“The "<b>" One”'),
        ("x" * 500, f"“{'x' * 120}…”"),
    ],
)
def test_titles_stay_within_their_quotes(title: str, expected: str) -> None:
    assert quoted(title) == expected


@given(st.text())
def test_words_from_outside_are_one_bounded_printable_line(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 121
    assert not {"“", "”"} & set(shown(text))


@given(cases(), st.data())
def test_every_sentence_is_true(case: Case, data: st.DataObject) -> None:
    values = {(c.slot, c.source): c.value for c in case.explanation.contributions}
    liked = dict(zip(case.history.item_ids, case.history.liked, strict=True))
    node = sentences(gathered(case.explanation, case.history, case.titles, cited=case.cited))
    path: list[Arm[Citation]] = []
    while node:
        path.append(data.draw(st.sampled_from(node)))
        node = path[-1].then
    citations = [arm.named for arm in path if arm.named is not None]
    for citation in citations:
        assert (values[citation.slot, citation.source] > 0) is citation.favours
        assert citation.liked is (liked[citation.source] if citation.slot == schema.HISTORY else None)
    items = [citation for citation in citations if citation.slot == schema.HISTORY]
    # What the words claim, read without the grammar, is what the citations say.
    named = [(quoted(case.titles.get(c.source, c.source)).strip("“”"), c.liked, c.favours) for c in items]
    assert claims(words(tuple(path))) == named
    best = max(
        (value for (slot, item), value in values.items() if slot == schema.HISTORY and item in liked), default=0.0
    )
    support = [values[schema.HISTORY, c.source] for c in items if c.favours]
    assert max(support, default=0.0) == max(best, 0.0)
    assert len(support) <= case.cited
