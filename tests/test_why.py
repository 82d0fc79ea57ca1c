"""Why an item gets its score, asked of fitted systems: shares that sum, trials that were really scored, new items."""

from collections.abc import Iterator
from math import exp
from pathlib import Path
from typing import Any

import pytest
from asked_project import EVENTS, KEY, overlap_among_systems, write_asked_project
from PIL import Image

from explainrec_models.asking.described_item import Description
from explainrec_models.asking.question import Question
from explainrec_models.asking.visitor import Taste
from explainrec_models.data.corpus import load_corpus
from explainrec_models.data.paths import Paths
from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.params import Retriever
from explainrec_models.registry import system_class
from explainrec_models.serving import Answer, recommend
from explainrec_models.why import Why, why

COMEDIES = Taste(likes=("0", "2"), dislikes=("3",))


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paths]:
    with overlap_among_systems(tmp_path_factory.mktemp("systems")):
        yield write_asked_project(tmp_path_factory.mktemp("asked"))


def question(system: str, user: str | Taste, **more: Any) -> Question:
    words = {"dataset": KEY, "noun": "film", "top": 2, "retriever": Retriever(), "retrieved": 4, "cited": 2, **more}
    return Question(system=system, user=user, **words)


def ask(paths: Paths, system: str, user: str | Taste, item: str | Description, **more: Any) -> Why:
    instead_of = more.pop("instead_of", None)
    return why(paths, question(system, user, **more), item, instead_of=instead_of)


def shown(paths: Paths, system: str, user: str | Taste, **more: Any) -> Answer:
    new_item = more.pop("new_item", None)
    return recommend(paths, question(system, user, **more), new_item=new_item)


@pytest.mark.parametrize("system", ["ease", "rates", "popularity", "overlap"])
@pytest.mark.parametrize("user", ["u1", COMEDIES])
def test_shares_sum_to_the_score_and_places_are_those_recommended(paths: Paths, system: str, user: str | Taste) -> None:
    best = shown(paths, system, user).recommendations
    for recommendation in best:
        found = ask(paths, system, user, recommendation.item_id)
        assert found.exact
        assert found.total == pytest.approx(recommendation.score, abs=1e-5)
        assert found.standing.place == recommendation.rank
        assert found.reason == recommendation.reason
        assert found.cited == recommendation.cited


def test_a_new_user_is_answered_like_a_known_one_with_the_same_rows(paths: Paths) -> None:
    history = load_corpus(paths.prepared(KEY), key=KEY, noun="film").known_histories["u1"]
    likes = [item for item, liked in zip(history.item_ids, history.liked, strict=True) if liked]
    dislikes = [item for item, liked in zip(history.item_ids, history.liked, strict=True) if not liked]
    same = shown(paths, "ease", Taste(tuple(likes), tuple(dislikes)), top=3)
    known = shown(paths, "ease", "u1", top=3)
    assert [(r.item_id, r.score) for r in same.recommendations] == [(r.item_id, r.score) for r in known.recommendations]
    assert (same.user, same.rows) == ("new user", "named items")
    assert (known.user, known.rows) == ("u1", "ratings")


def test_what_would_change_the_answer_really_does(paths: Paths) -> None:
    known = load_corpus(paths.prepared(KEY), key=KEY, noun="film")
    model = system_class("ease").load(paths.system(KEY, "ease"), known, language_model=Path())
    tried = 0
    for user, history in known.known_histories.items():
        best = shown(paths, "ease", user, top=1).recommendations[0]
        found = ask(paths, "ease", user, best.item_id, top=1).counterfactual
        if not found.removed:
            continue
        tried += 1
        scores = model.score([history.without(found.removed)], [known.item_ids])[0]
        others = [float(s) for item, s in zip(known.item_ids, scores, strict=True) if item not in history.item_ids]
        without = found.without
        assert without is not None
        assert without.place is not None
        assert without.place > 1
        assert max(others) > without.score or others.count(max(others)) > 1
        assert "you would not have seen it" in found.sentence
        assert f"instead of {best.rank}" in found.sentence
    assert tried > 3


def test_a_history_that_moves_all_items_alike_changes_no_place(paths: Paths) -> None:
    user = "u1"
    best = shown(paths, "rates", user).recommendations[0]
    found = ask(paths, "rates", user, best.item_id).counterfactual
    assert found.removed == ()
    assert "No part of the history was found" in found.sentence
    alone = ask(paths, "popularity", user, shown(paths, "popularity", user).recommendations[0].item_id)
    assert alone.counterfactual.sentence.startswith("Nothing in the history speaks for it")


def test_probabilities_fall_under_one_half_by_hand(paths: Paths) -> None:
    """Film 4, a comedy, after two liked comedies: -1 + 2 x 0.6 + 2 x 0.2 = 0.6; without one of them -0.2."""
    found = ask(paths, "overlap", Taste(likes=("0", "2")), "4", top=8)
    assert found.standing.score == pytest.approx(0.6)
    assert found.standing.probability == pytest.approx(1 / (1 + exp(-0.6)))
    assert len(found.counterfactual.removed) == 1
    without = found.counterfactual.without
    assert without is not None
    assert without.score == pytest.approx(-0.2)
    assert found.counterfactual.sentence == (
        "Without this one you would not be expected to like it: “Film 0 (1990)”. The probability would be 45% instead "
        "of 65%."
    )
    assert ask(paths, "ease", "u1", "4").standing.probability is None


def test_an_item_that_is_not_recommended_has_no_answer_that_could_fall(paths: Paths) -> None:
    drama = ask(paths, "overlap", COMEDIES, "7", top=2)
    assert drama.counterfactual.removed == ()
    assert "outside of the top 2 and its probability is" in drama.counterfactual.sentence
    seen = ask(paths, "ease", COMEDIES, "0")
    assert seen.standing.place is None
    assert seen.counterfactual.sentence == "It is in the history, and so is never recommended."


def test_one_item_rather_than_another(paths: Paths) -> None:
    """Comedy 4 against drama 5: 0.6 from each liked comedy and the disliked drama, 0.4 and 0.2 from the genres."""
    other = ask(paths, "overlap", COMEDIES, "Film 4", instead_of="film 5").instead_of
    assert other is not None
    values = {line.source: round(line.value, 6) for line in other.differences}
    assert values == {"0": 0.6, "2": 0.6, "3": 0.6, "genre:Comedy": 0.4, "genre:Drama": 0.2, "prior": 0.0}
    assert other.sentence.startswith("“Film 4 (1994)” scores higher than “Film 5 (1995)” by 2.4.")
    with pytest.raises(ParamsError, match=r"--item and --instead-of are the same item: “Film 4 \(1994\)” \(id 4\)"):
        ask(paths, "overlap", COMEDIES, "4", instead_of="Film 4")


def test_a_new_item_is_ranked_and_explained(paths: Paths, tmp_path: Path) -> None:
    """A comedy scores 0.6 + 0.6 + 0.4 - 1 for somebody who likes two; its picture adds 0.25."""
    taste = Taste(likes=("0", "2"))
    new = Description("Fresh & <b>new</b>", "A lamp", ("genre:Comedy",))
    answer = shown(paths, "overlap", taste, new_item=new, top=10)
    assert answer.new_item is not None
    ranked = {item.title: item for item in answer.recommendations}
    assert ranked[new.title].score == pytest.approx(0.6)
    assert answer.new_item.place == ranked[new.title].rank
    assert answer.new_item.candidates == len(answer.recommendations) == 7
    Image.new("RGB", (32, 32)).save(tmp_path / "p.png")
    pictured = Description(new.title, new.text, new.attributes, tmp_path / "p.png")
    found = ask(paths, "overlap", taste, pictured, instead_of="4")
    assert found.standing.score == pytest.approx(0.85)
    assert found.standing.place == 1
    assert found.title == new.title
    assert found.instead_of is not None
    assert found.instead_of.differences[0].slot == "prior"
    assert found.instead_of.differences[0].value == pytest.approx(0.25)


def test_systems_without_new_items_refuse_them(paths: Paths) -> None:
    with pytest.raises(ParamsError, match="ease cannot be asked about a new item"):
        shown(paths, "ease", COMEDIES, new_item=Description("New"))


def test_unknown_items_are_named(paths: Paths) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown item 'Flim 44'\. Nearest titles: .*“Film 4 \(1994\)”"):
        ask(paths, "ease", "u1", "Flim 44")
    with pytest.raises(UnknownNameError, match=r"unknown item 'Flim 33'"):
        shown(paths, "ease", Taste(likes=("Flim 33",)))


def test_events_without_ratings_are_called_events(paths: Paths) -> None:
    assert shown(paths, "ease", "u1", dataset=EVENTS).rows == "events"
