"""Asking a fitted system about its users: every attribution of each question, and every metric of each attribution."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from reasons_truth import history_rows, other_rows
from reasons_user import Meter, Output, UserModel, history_values, jittered, read_part, realigned, sigmoid

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.explanation.agreement import rank_correlation
from explainrec_models.evaluation.explanation.citations import citation_precision
from explainrec_models.evaluation.explanation.controls import (
    popularity_control,
    random_control,
    recency_control,
    weighted_recency_control,
)
from explainrec_models.evaluation.explanation.evidence import Attribution, Holds, above, in_top
from explainrec_models.evaluation.explanation.examples import MEASURED_SCHEMA, Example, measure_examples
from explainrec_models.evaluation.explanation.leave_one_out import leave_one_out
from explainrec_models.evaluation.explanation.necessity import necessity
from explainrec_models.evaluation.explanation.randomisation import randomisation_check
from explainrec_models.evaluation.explanation.shapley import sampled_shapley
from explainrec_models.evaluation.explanation.stability import mean_correlation, mean_top_overlap
from explainrec_models.evaluation.explanation.verbal import named_order_agreement, verbal_gap
from explainrec_models.parts.explanation import Explanation
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.speaks import worded
from explainrec_models.registry import System

OWN, LOO, SHAPLEY = "own", "leave_one_out", "shapley"
RANDOM, RECENCY, POPULARITY, EASE_RECENCY = "random", "recency", "popularity", "ease_recency"
RECOMMENDED, HELD_OUT = "recommended", "held_out"
SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
DECAY = 0.8
"""Of the control ``ease_recency``, by each step of age."""
TOP = 5
TOPS = (1, 3, 5)
CITED = 3
FEWEST = 2
"""Pieces below which there is nothing to put in order."""


@dataclass(frozen=True)
class Effort:
    """How much is asked.

    Attributes:
        users: drawn with the seed.
        items: questions of each set and user.
        orders: of sampled Shapley values.
        steps: of the curves.
        rivals: further items of its ranking that a recommendation is ranked among; the whole catalogue if unset, and
            with none the answer of a pointwise system is judged by its probability.
        draws: of the random control of the verbal gap.
        jitters: orders of rows of equal time.
    """

    users: int
    items: int
    orders: int
    steps: int
    rivals: int | None
    draws: int
    jitters: int


@dataclass
class Subject:
    """One fitted system of one dataset, and what the questions are drawn from."""

    name: str
    system: System
    randomised: System | None
    corpus: Corpus
    teacher: LinearTeacher
    ranking: pl.DataFrame
    test: pl.DataFrame
    popularity: Mapping[str, int]
    pointwise: bool
    effort: Effort
    seed: int
    meter: Meter = field(default_factory=Meter)


@dataclass
class Gathered:
    """What has been measured: per-example rows of each set of questions, and attributions to hold against a truth."""

    tables: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {RECOMMENDED: [], HELD_OUT: []})
    truths: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    pieces: list[int] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: int = 0

    def leave_out(self, why: str) -> None:
        """Count a user that is not asked about."""
        self.left_out[why] = self.left_out.get(why, 0) + 1


@dataclass(frozen=True)
class Question:
    """One explained item of one user."""

    item: str
    kind: str
    holds: Holds | None
    explanation: Explanation
    sources: Mapping[str, Attribution]
    repeats: Mapping[str, Sequence[Attribution]]
    """Attributions that should equal the source's: of other orders of equal times, other draws."""


def ask_user(subject: Subject, user: str, gathered: Gathered, generator: np.random.Generator) -> None:
    """Ask all questions about one user."""
    effort, corpus = subject.effort, subject.corpus
    history = corpus.known_histories[user]
    ranked = subject.ranking.filter(pl.col(schema.USER_ID) == user).sort(schema.RANK)
    listed = ranked[schema.ITEM_ID].to_list()
    spread = float(ranked[schema.SCORE].cast(pl.Float64).std(ddof=0) or 0.0)  # type: ignore[arg-type]
    if not subject.pointwise and spread <= 0:
        gathered.leave_out("all scores of the ranking are equal")
        return
    output: Output = sigmoid if subject.pointwise else lambda scores: scores / spread
    rows = subject.test.filter(pl.col(schema.USER_ID) == user)[schema.ITEM_ID].to_list()
    held_out = [rows[place] for place in sorted(generator.permutation(len(rows))[: effort.items])]
    asked = [(item, RECOMMENDED) for item in listed[: effort.items]] + [(item, HELD_OUT) for item in held_out]
    items = list(dict.fromkeys(item for item, _ in asked))
    with subject.meter.measuring(OWN, len(items)):
        explained = dict(zip(items, subject.system.explain(history, items), strict=True))
    read = read_part(explained[items[0]], history)
    seen = set(history.item_ids)
    rivals = (
        [item for item in corpus.item_ids if item not in seen]
        if effort.rivals is None
        else listed[: effort.items + effort.rivals if effort.rivals else 0]
    )
    model = UserModel(subject.system, read, items, rivals, output)
    if len(model.pieces) < FEWEST:
        gathered.leave_out("the system reads fewer than two items of the history")
        return
    gathered.pieces.append(len(model.pieces))
    by_item = attributions(subject, model, read, items, explained, seed=int(generator.integers(2**31)))
    orders = reordered(subject, model, read, items, generator)
    for item, kind in asked:
        holds: Holds | None = None
        if kind == RECOMMENDED and effort.rivals != 0:
            holds = in_top(model.rank(item), TOP)
        elif subject.pointwise:
            holds = above(model.score(item), 0.5)
        repeats = {**orders[item], **by_item[item][1]}
        question = Question(item, kind, holds, explained[item], by_item[item][0], repeats)
        measure_question(subject, model, read, question, gathered)


def attributions(
    subject: Subject,
    model: UserModel,
    read: History,
    items: Sequence[str],
    explained: Mapping[str, Explanation],
    *,
    seed: int,
) -> dict[str, tuple[dict[str, Attribution], dict[str, list[Attribution]]]]:
    """Return every source's attribution of each item, and the two halves of the sampled Shapley values."""
    meter, pieces, orders = subject.meter, model.pieces, max(1, subject.effort.orders // 2)
    count = len(pieces)
    found = {}
    sources: dict[str, dict[str, Attribution]] = {
        item: {OWN: history_values(explained[item], pieces), RANDOM: random_control(count, seed=seed)} for item in items
    }
    likes = popularity_control([subject.popularity.get(piece, 0) for piece in pieces])
    with meter.measuring(LOO, len(items)):
        for item in items:
            sources[item][LOO] = leave_one_out(model.score(item), count)
    with meter.measuring(SHAPLEY, len(items)):
        halves = {
            item: [sampled_shapley(model.score(item), count, orders=orders, seed=seed + half) for half in (0, 1)]
            for item in items
        }
    with meter.measuring(EASE_RECENCY, len(items)):
        for item in items:
            sources[item][EASE_RECENCY] = ease_recency(subject.teacher, read, pieces, item)
    for item in items:
        sources[item] |= {
            SHAPLEY: np.mean(halves[item], axis=0),
            RECENCY: recency_control(count),
            POPULARITY: likes,
        }
        found[item] = (sources[item], {SHAPLEY: halves[item]})
    return found


def ease_recency(teacher: LinearTeacher, read: History, pieces: Sequence[str], item: str) -> Attribution:
    """Return the linear teacher's weight from each liked piece to the item, fading with age; 0 for other pieces."""
    liked = set(read.liked_items())
    known = [piece in liked and piece in teacher.position and item in teacher.position for piece in pieces]
    rows = np.array([teacher.position[piece] for piece, is_known in zip(pieces, known, strict=True) if is_known])
    weights = np.zeros(len(pieces))
    if len(rows):
        weights[known] = teacher.model.between(rows, np.full_like(rows, teacher.position[item]))
    return weighted_recency_control(weights, decay=DECAY)


def reordered(
    subject: Subject, model: UserModel, read: History, items: Sequence[str], generator: np.random.Generator
) -> dict[str, dict[str, list[Attribution]]]:
    """Return attributions of histories whose rows of equal time stand in another order; none where there are none."""
    found: dict[str, dict[str, list[Attribution]]] = {item: {} for item in items}
    for _ in range(subject.effort.jitters):
        other = jittered(read, generator)
        if other is None:
            break
        order = list(dict.fromkeys(other.item_ids))
        for item, explanation in zip(items, subject.system.explain(other, items), strict=True):
            values = {
                OWN: history_values(explanation, order),
                RECENCY: recency_control(len(order)),
                EASE_RECENCY: ease_recency(subject.teacher, other, order, item),
            }
            for source, value in values.items():
                found[item].setdefault(source, []).append(realigned(value, order, model.pieces))
    return found


def measure_question(subject: Subject, model: UserModel, read: History, question: Question, gathered: Gathered) -> None:
    """Take every metric of one question."""
    user, score = read.user_id, model.score(question.item)
    example = Example(user, score, question.sources, question.holds)
    number = gathered.examples
    gathered.examples += 1
    table = measure_examples([example], shares=SHARES, steps=subject.effort.steps)
    table = table.filter(~pl.col(c.METRIC).str.contains("(sufficiency|area)_relative")).with_columns(
        pl.lit(number, dtype=pl.Int64).alias(schema.EXAMPLE_ID)
    )
    rows = [
        (number, user, source, metric, value)
        for source, metric, value in (
            *agreement_rows(model, question),
            *own_rows(subject, model, read, question),
        )
    ]
    more = pl.DataFrame(rows, schema=MEASURED_SCHEMA, orient="row").with_columns(pl.col(c.VALUE).fill_nan(None))
    gathered.tables[question.kind].append(pl.concat([table, more]))
    if question.kind == RECOMMENDED:
        for source, values in question.sources.items():
            kept = gathered.truths.setdefault(source, [])
            kept += history_rows(user, question.item, model.pieces, values)
        gathered.truths[OWN] += other_rows(user, question.explanation)


def agreement_rows(model: UserModel, question: Question) -> Iterator[tuple[str, str, float]]:
    """Yield what every source has: agreement with Shapley values, ranks without its first pieces, stability."""
    for source, values in question.sources.items():
        if source != SHAPLEY:
            yield source, "shapley_correlation_score", rank_correlation(values, question.sources[SHAPLEY])
        if question.kind == RECOMMENDED and model.ranks:
            for cutoff in TOPS:
                out = necessity(in_top(model.rank(question.item), cutoff), values, counts=(CITED,))
                yield source, f"out_of_top_{cutoff}_score", float(out[0])
    for source, others in question.repeats.items():
        runs = np.array(others if source == SHAPLEY else [question.sources[source], *others])
        name = "draw" if source == SHAPLEY else "order"
        yield source, f"{name}_stability_score", mean_correlation(runs)
        yield source, f"{name}_top_overlap_score", mean_top_overlap(runs, count=CITED)


def own_rows(subject: Subject, model: UserModel, read: History, question: Question) -> Iterator[tuple[str, str, float]]:
    """Yield what only the system's own reasons have: citations, the words' effect, and the randomised model."""
    _, cited = worded(subject.system, question.explanation, read, subject.corpus.titles, cited=CITED)
    places = [model.pieces.index(item) for item in cited if item in set(model.pieces)]
    score = model.score(question.item)
    yield OWN, "citation_precision_score", citation_precision(cited, read.item_ids)
    gap = verbal_gap(score, len(model.pieces), places, seed=subject.seed, draws=subject.effort.draws)
    yield OWN, "verbal_gap_score", gap
    yield OWN, "named_order_score", named_order_agreement(places, question.sources[LOO])
    if subject.randomised is not None:
        (other,) = subject.randomised.explain(read, [question.item])
        pair = [question.sources[OWN]], [history_values(other, model.pieces)]
        yield OWN, "randomisation_correlation_error", float(randomisation_check(*pair)[0])
        yield OWN, "randomisation_size_correlation_error", float(randomisation_check(*pair, absolute=True)[0])
