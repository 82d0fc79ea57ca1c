"""Boosted trees: they learn tastes, their contributions sum to the score, and strangers and new items are judged."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.errors import NothingToLearnError
from explainrec_models.systems.boosted import Config, System

GENRES = ("comedy", "drama")
FILMS = 20
SMALL = Config(leaf_rows=20, regularisation=1.0)


def corpus(users: int = 200, seed: int = 4) -> Corpus:
    """Even users like comedies, odd users dramas, with one exception in ten; film 18 and 19 have no row."""
    generator = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        for moment, film in enumerate(generator.permutation(FILMS - 2)[:12].tolist()):
            liked = (film % 2 == user % 2) != (generator.random() < 0.1)
            rows.append((f"u{user}", str(film), 5.0 if liked else 1.0, moment, int(liked)))
    types = [pl.String, pl.String, pl.Float32, pl.Int64, pl.Int8]
    table = pl.DataFrame(rows, schema=dict(zip(schema.INTERACTION_COLUMNS, types, strict=True)), orient="row")
    table = table.sort(schema.TIMESTAMP, maintain_order=True)
    items = pl.DataFrame(
        {
            schema.ITEM_ID: [str(film) for film in range(FILMS)],
            schema.TITLE: [f"Film {film}" for film in range(FILMS)],
            schema.ATTRIBUTES: [[f"genre:{GENRES[film % 2]}", "decade:1990s"] for film in range(FILMS)],
        }
    )
    early = pl.col(schema.TIMESTAMP) < 9
    return Corpus("k", "film", items, table.filter(early), table.filter(~early))


CORPUS = corpus()


def fit(of: Corpus, config: Config = SMALL) -> System:
    return System.fit(of, config, language_model=Path(), scratch=Path(), seed=2)


@cache
def fitted_once() -> System:
    """Hypothesis takes no fixture of a narrower scope than its examples."""
    return fit(CORPUS)


@pytest.fixture(scope="module")
def system() -> System:
    return fitted_once()


def of_comedies(*, liked: bool) -> History:
    films = ("0", "1", "2", "3", "4", "5")
    return History("x", films, tuple((int(film) % 2 == 0) == liked for film in films), tuple(range(6)))


def test_taste_decides_about_items_that_nobody_has_rated(system: System) -> None:
    scores = system.score([of_comedies(liked=True), of_comedies(liked=False)], [["18", "19"], ["18", "19"]])
    assert scores[0, 0] > 1 > -1 > scores[0, 1]
    assert scores[1, 1] > 1 > -1 > scores[1, 0]


def test_strangers_and_unknown_items_are_scored_near_the_overall_rate(system: System) -> None:
    scores = system.score([History("new"), of_comedies(liked=True)], [["0", "elsewhere"], ["elsewhere"]])
    assert np.isfinite(scores[:, 0]).all()
    assert abs(scores[0, 1]) < 1


def test_more_likes_never_lower_a_score(system: System) -> None:
    films = tuple(str(film) for film in range(1, 17, 2))
    moments = tuple(range(len(films)))
    histories = [
        History("x", films, tuple(place < likes for place in range(len(films))), moments) for likes in range(9)
    ]
    # Dramas alone: the rate of the user rises as the likes do, and the taste for dramas is that rate.
    scores = system.score(histories, [["17"]] * 9)[:, 0]
    assert (np.diff(scores) >= 0).all()
    assert scores[8] > scores[0]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, FILMS), st.booleans()), max_size=15),
    st.lists(st.integers(0, FILMS), min_size=1, max_size=4),
)
def test_contributions_sum_to_the_score(rows: list[tuple[int, bool]], asked: list[int]) -> None:
    films, likes = tuple(str(film) for film, _ in rows), tuple(liked for _, liked in rows)
    history, items = History("x", films, likes, tuple(range(len(rows)))), [str(film) for film in asked]
    system = fitted_once()
    scores = system.score([history], [items])[0]
    for explanation, score in zip(system.explain(history, items), scores, strict=True):
        assert explanation.score == pytest.approx(float(score), abs=1e-5)
        assert sum(c.value for c in explanation.contributions) == pytest.approx(explanation.score, abs=1e-9)
        assert {c.source for c in explanation.contributions if c.slot == schema.HISTORY} == set(films)
        assert len({(c.slot, c.source) for c in explanation.contributions}) == len(explanation.contributions)


def test_the_liked_genre_is_the_reason(system: System) -> None:
    liked, other = system.explain(of_comedies(liked=True), ["18", "19"])
    by_source = {c.source: c.value for c in liked.contributions if c.slot == schema.ATTRIBUTE}
    assert by_source["genre:comedy"] > 0.5
    assert abs(by_source["decade:1990s"]) < by_source["genre:comedy"] / 5
    assert {c.source: c.value for c in other.contributions}["genre:drama"] < -0.5


def test_a_history_that_pulls_up_is_cited_by_its_likes() -> None:
    history = History("x", ("1", "3", "5", "7", "9", "2"), (True, True, True, True, True, False), tuple(range(6)))
    explanation = fitted_once().explain(history, ["11"])[0]
    values = {c.source: c.value for c in explanation.contributions if c.slot == schema.HISTORY}
    total = sum(values.values())
    assert total != 0
    cited = {source for source, value in values.items() if value * total > 0}
    assert cited == ({"1", "3", "5", "7", "9"} if total > 0 else {"2"})


def test_rows_counted_anew_move_the_item_and_nothing_else(system: System) -> None:
    disliked = CORPUS.train.with_columns(
        pl.when(pl.col(schema.ITEM_ID) == "0").then(0).otherwise(schema.LIKED).cast(pl.Int8).alias(schema.LIKED)
    )
    history = of_comedies(liked=True)
    before, after = system.score([history], [["0"]])[0, 0], system.recounted(disliked).score([history], [["0"]])[0, 0]
    assert after <= before
    same = system.recounted(CORPUS.train)
    np.testing.assert_array_equal(same.score([history], [["0", "7"]]), system.score([history], [["0", "7"]]))


def test_saved_trees_are_text_and_score_alike(system: System, tmp_path: Path) -> None:
    system.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["boosted.json"]
    assert '"trees": "tree\\nversion=' in (tmp_path / "boosted.json").read_text(encoding="utf-8")
    loaded = System.load(tmp_path, CORPUS, language_model=Path())
    history = of_comedies(liked=False)
    np.testing.assert_array_equal(loaded.score([history], [["0", "19"]]), system.score([history], [["0", "19"]]))
    assert loaded.explain(history, ["19"]) == system.explain(history, ["19"])


def test_validation_rows_stop_the_trees(system: System) -> None:
    report = system.report()
    assert 0 < report["trees"] < SMALL.trees
    assert 0 < report["valid_log_loss"] < 0.6
    assert sum(report["gain"].values()) == pytest.approx(1, abs=0.001)
    unchecked = Corpus("k", "film", CORPUS.items, CORPUS.train, CORPUS.valid.clear())
    assert fit(unchecked, SMALL.model_copy(update={"unchecked_trees": 7})).report()["trees"] == 7


def test_too_few_rows_for_a_split_give_the_overall_rate() -> None:
    few = Corpus("k", "film", CORPUS.items, CORPUS.train.head(30), CORPUS.valid.head(5))
    system = fit(few, Config())
    scores = system.score([of_comedies(liked=True)], [["0", "19"]])[0]
    assert scores[0] == scores[1]
    assert sum(c.value for c in system.explain(of_comedies(liked=True), ["0"])[0].contributions) == pytest.approx(
        scores[0]
    )


def test_rows_of_one_label_are_refused() -> None:
    likes = CORPUS.train.filter(pl.col(schema.LIKED) == 1)
    with pytest.raises(NothingToLearnError, match=r"all [\d,]+ training rows are likes"):
        fit(Corpus("k", "film", CORPUS.items, likes, CORPUS.valid))
