"""Two small systems put through all questions: one whose list depends on the history, one whose list does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from reasons_ask import HELD_OUT, LOO, OWN, RECOMMENDED, SHAPLEY, Effort, Gathered, Subject, ask_user, ease_recency

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.teaching import fit_teacher
from explainrec_models.registry import system_class, system_config

ITEMS = [f"i{number}" for number in range(10)]
EFFORT = Effort(users=3, items=2, orders=4, steps=5, rivals=None, draws=2, jitters=1)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Twenty users with five rows each: even ones like the first half of the items, odd ones the second."""
    generator = np.random.default_rng(3)
    rows = [
        (f"u{user:02}", ITEMS[int(item)], 5.0, 10 * user + place // 2, int((item < 5) == (user % 2 == 0)))
        for user in range(20)
        for place, item in enumerate(generator.permutation(len(ITEMS))[:5])
    ]
    columns = {
        schema.USER_ID: pl.String,
        schema.ITEM_ID: pl.String,
        schema.RATING: pl.Float32,
        schema.TIMESTAMP: pl.Int64,
        schema.LIKED: pl.Int8,
    }
    train = pl.DataFrame(rows, schema=columns, orient="row")
    items = pl.DataFrame(
        {schema.ITEM_ID: ITEMS, schema.TITLE: ITEMS, schema.ATTRIBUTES: [[] for _ in ITEMS]},
        schema_overrides={schema.ATTRIBUTES: pl.List(pl.String)},
    )
    return Corpus("toys", "toy", items, train, train.clear())


@pytest.fixture(scope="module")
def teacher(corpus: Corpus) -> LinearTeacher:
    return fit_teacher(corpus, [], regularisation=1.0, decays=(1.0,)).teacher


def subject_of(name: str, corpus: Corpus, teacher: LinearTeacher, scratch: Path) -> Subject:
    system = system_class(name).fit(corpus, system_config(name, {}), language_model=scratch, scratch=scratch, seed=1)
    ranked = []
    for user, history in corpus.known_histories.items():
        rest = [item for item in ITEMS if item not in history.item_ids]
        scores = system.score([history], [rest])[0].tolist()
        order = sorted(range(len(rest)), key=lambda place: -scores[place])
        ranked += [(user, rank, rest[place], scores[place]) for rank, place in enumerate(order, start=1)]
    columns = [schema.USER_ID, schema.RANK, schema.ITEM_ID, schema.SCORE]
    ranking = pl.DataFrame(ranked, schema=columns, orient="row")
    test = ranking.filter(pl.col(schema.RANK) == 5).select(schema.USER_ID, schema.ITEM_ID)
    return Subject(name, system, None, corpus, teacher, ranking, test, {}, pointwise=False, effort=EFFORT, seed=1)


def asked(subject: Subject) -> tuple[Gathered, dict[tuple[str, str], list[float | None]]]:
    gathered = Gathered()
    for user in ("u00", "u01", "u02"):
        ask_user(subject, user, gathered, np.random.default_rng(0))
    table = pl.concat(gathered.tables[RECOMMENDED])
    values: dict[tuple[str, str], list[float | None]] = {}
    for source, metric, value in table.select("source", "metric", "value").iter_rows():
        values.setdefault((source, metric), []).append(value)
    return gathered, values


def test_exact_contributions_are_their_own_ceiling(corpus: Corpus, teacher: LinearTeacher, tmp_path: Path) -> None:
    gathered, values = asked(subject_of("ease", corpus, teacher, tmp_path))
    for metric in ("comprehensiveness_score", "sufficiency_error", "deletion_area_error"):
        own = values[OWN, metric]
        assert own == pytest.approx(values[LOO, metric], abs=1e-5)
        assert own == pytest.approx(values[SHAPLEY, metric], abs=1e-5)
    assert set(values[OWN, "citation_precision_score"]) <= {1.0, None}
    assert values[OWN, "order_stability_score"] == pytest.approx([1.0] * 6)
    assert gathered.pieces == [5, 5, 5]
    held_out = pl.concat(gathered.tables[HELD_OUT])
    assert held_out[schema.EXAMPLE_ID].n_unique() == 3
    assert not held_out["metric"].str.contains("pn_at|out_of_top").any()
    # Two recommendations of three users, five pieces each, and the prior of each.
    assert len(gathered.truths[LOO]) == 2 * 3 * 5
    assert len(gathered.truths[OWN]) == 2 * 3 * (5 + 1)


def test_reasons_may_move_a_score_and_never_the_list(corpus: Corpus, teacher: LinearTeacher, tmp_path: Path) -> None:
    _, values = asked(subject_of("rates", corpus, teacher, tmp_path))
    assert all(value is not None and value > 0 for value in values[OWN, "comprehensiveness_score"])
    assert set(values[OWN, "pn_at_3_score"]) == {0.0}
    assert set(values[OWN, "counterfactual_found_score"]) == {0.0}


def test_a_language_models_answer_is_judged_by_its_probability(
    corpus: Corpus, teacher: LinearTeacher, tmp_path: Path
) -> None:
    subject = subject_of("ease", corpus, teacher, tmp_path)
    subject = replace(subject, pointwise=True, effort=replace(EFFORT, rivals=0))
    gathered, values = asked(subject)
    assert not any("out_of_top" in metric for _, metric in values)
    held_out = pl.concat(gathered.tables[HELD_OUT])
    assert held_out["metric"].str.contains("pn_at").any()


def test_the_teachers_weight_fades_with_age_and_reads_likes_alone(teacher: LinearTeacher) -> None:
    history = History("u", ("i0", "i1", "i2"), (True, False, True), (1, 2, 3))
    values = ease_recency(teacher, history, history.item_ids, "i3")
    places = [teacher.position[item] for item in ("i0", "i2")]
    weights = teacher.model.between(np.array(places), np.full(2, teacher.position["i3"]))
    assert values == pytest.approx([weights[0] * 0.8**2, 0.0, weights[1]])
    assert ease_recency(teacher, history, history.item_ids, "unknown").tolist() == [0.0] * 3
