"""The packed reading equals one question at a time, and hiding a row equals deleting it."""

import copy
from itertools import chain

import numpy as np
import pytest
import torch
from invented import corpus
from tiny_model import write_tiny_language_model
from torch._subclasses import FakeTensorMode
from torch.func import functional_call

from explainrec_models.parts.evidence import Past
from explainrec_models.parts.leaving_out import leave_one_out
from explainrec_models.parts.sessions import questions
from explainrec_models.parts.soft_reading import attributed, counted_shares, margins, session_of
from explainrec_models.parts.soft_tokens import pack
from explainrec_models.systems.explainrec import Config, System

CORPUS = corpus()
PAST = Past(np.array([0, 3, 2, 5, 1]), np.array([1.0, 0.0, 1.0, 0.0, 0.0]))
OTHER = Past(np.array([4, 6]), np.array([0.0, 1.0]))
ASKED = np.array([6, 7, 4])


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> System:
    language_model = write_tiny_language_model(tmp_path_factory.mktemp("language-model"))
    fitted = System.fit(
        CORPUS,
        Config(epochs=1, attribution_questions=4),
        language_model=language_model,
        scratch=tmp_path_factory.mktemp("scratch") / "tune",
        seed=5,
    )
    # Whatever validation rows thought of the language model: here it has to be heard.
    with torch.no_grad():
        fitted._model.gate.fill_(0.5)
    return fitted


def test_many_people_in_one_sequence_are_read_as_each_alone(system: System) -> None:
    model, table = system._model, system._table
    sessions = [questions(past, ASKED, table.features(past, ASKED)) for past in (PAST, OTHER)]
    together = model(pack(sessions)).margins.detach().numpy()
    alone = [margins(model, table, past, ASKED[place : place + 1])[0] for past in (PAST, OTHER) for place in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_hiding_a_row_is_deleting_it(system: System) -> None:
    model, table = system._model, system._table
    whole, lost, _ = leave_one_out(model, table, PAST, 6)
    assert whole == pytest.approx(margins(model, table, PAST, np.array([6]))[0], abs=1e-5)
    for item, loss in lost.items():
        without = margins(model, table, PAST.without(item), np.array([6]))[0]
        assert loss == pytest.approx(whole - without, abs=1e-5)


def test_a_question_sees_only_the_rows_before_it(system: System) -> None:
    model, table = system._model, system._table
    asked = np.array([6, 6])
    features = np.repeat(table.features(PAST, asked[:1]), 2, axis=0)
    session = questions(PAST, asked, features)
    session.seen[:] = [2, 5]
    early = questions(Past(PAST.items[:2], PAST.liked[:2]), asked[:1], features[:1])
    found = model(pack([session])).gaps
    assert float(found[0]) == pytest.approx(float(model(pack([early])).gaps[0]), abs=1e-5)
    assert float(found[0]) != pytest.approx(float(found[1]), abs=1e-5)


def test_with_the_gate_closed_the_margin_is_the_linear_model(system: System) -> None:
    model, table = system._model, system._table
    session = questions(PAST, ASKED, table.features(PAST, ASKED))
    reading = model(pack([session]))
    standard = (torch.from_numpy(session.features) - model.centre) / model.spread  # type: ignore[operator]
    by_hand = standard @ model.wide.weight[0] + model.wide.bias
    torch.testing.assert_close(reading.margins - reading.gaps, by_hand, atol=1e-4, rtol=0)


def test_a_pack_is_read_where_the_model_is(system: System) -> None:
    """On a graphics card without numbers: torch refuses to compute with what stayed behind on the CPU."""
    model = copy.deepcopy(system._model)
    session = questions(PAST, ASKED, system._table.features(PAST, ASKED))
    with FakeTensorMode(allow_non_fake_inputs=True):
        tensors = dict(chain(model.named_parameters(), model.named_buffers()))
        there = {name: torch.empty_like(tensor, device="cuda") for name, tensor in tensors.items()}
        reading = functional_call(model, there, (pack([session]),))
    assert {tensor.device.type for tensor in reading} == {"cuda"}


def test_half_precision_leaves_the_counts_their_digits(system: System) -> None:
    session = questions(PAST, ASKED, system._table.features(PAST, ASKED))
    whole = system._model(pack([session]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = system._model(pack([session]))
    torch.testing.assert_close(half.margins - half.gaps, whole.margins - whole.gaps, rtol=0, atol=1e-6)
    torch.testing.assert_close(half.gaps, whole.gaps, rtol=0, atol=0.1)
    assert half.margins.dtype == torch.float32
    assert not torch.equal(half.gaps, whole.gaps)


def test_a_silent_language_model_is_not_asked(system: System) -> None:
    model, table = system._model, system._table
    opened, asked = float(model.gate.detach()), []
    hook = model.register_forward_pre_hook(lambda *_: asked.append(1))
    try:
        loud = margins(model, table, PAST, ASKED)
        assert asked
        with torch.no_grad():
            model.gate.zero_()
        whole = model(pack([questions(PAST, ASKED, table.features(PAST, ASKED))])).margins.detach().numpy()
        asked.clear()
        quiet = margins(model, table, PAST, ASKED)
    finally:
        hook.remove()
        with torch.no_grad():
            model.gate.fill_(opened)
    assert not asked
    np.testing.assert_allclose(quiet, whole, atol=1e-5)
    assert np.abs(quiet - loud).max() > 1e-5


def test_rows_that_a_question_cannot_see_are_attributed_nothing(system: System) -> None:
    model, table = system._model, system._table
    session = questions(PAST, ASKED, table.features(PAST, ASKED))
    session.seen[0] = 2
    # Judged questions may have silenced the head: here it has to be heard.
    head, kept = model.query.bias, model.query.bias.detach().clone()
    with torch.no_grad():
        head.add_(1.0)
    pulls = model(pack([session])).pulls
    with torch.no_grad():
        head.copy_(kept)
    assert (pulls[0, 2:] == 0).all()
    assert (pulls[1] != 0).all()


def test_the_language_models_part_is_left_out_exactly(system: System) -> None:
    """Hiding an item in the pass that scores is asking again without it."""
    model, table = system._model, system._table
    opened = float(model.gate.detach())
    with torch.no_grad():
        model.gate.fill_(0.5)
    margin, _, lost = leave_one_out(model, table, PAST, int(ASKED[0]))
    again = {
        item: model(pack([session_of(table, PAST.without(item), ASKED[:1], model.window)])).gaps.item() for item in lost
    }
    whole = model(pack([session_of(table, PAST, ASKED[:1], model.window)]))
    with torch.no_grad():
        model.gate.fill_(opened)
    assert margin == pytest.approx(whole.margins.item(), abs=1e-5)
    assert set(lost) == set(PAST.items.tolist())
    for item, value in lost.items():
        assert value == pytest.approx(whole.gaps.item() - again[item], abs=1e-5)
    assert max(abs(value) for value in lost.values()) > 1e-4


def test_contributions_and_the_prior_sum_to_the_score(system: System) -> None:
    history = CORPUS.histories["u0"]
    asked = ["0", "7", "nowhere"]
    scores = system.score([history], [asked])[0]
    for explanation, score in zip(system.explain(history, asked), scores, strict=True):
        assert sum(c.value for c in explanation.contributions) == pytest.approx(explanation.score, abs=1e-5)
        assert explanation.score == pytest.approx(float(score), rel=1e-5, abs=1e-5)
    found = attributed(system._model, system._counted, system._table, PAST, ASKED)
    assert set(found[0].history) == set(PAST.items.tolist())


def test_an_item_outside_the_catalogue_is_one_of_which_nothing_is_known(system: System) -> None:
    history = CORPUS.histories["u1"]
    scores = system.score([history], [["nowhere", "elsewhere", "0"]])[0]
    assert scores[0] == pytest.approx(scores[1])
    assert scores[0] != pytest.approx(scores[2])


def test_where_the_language_model_is_silent_the_prior_is_the_same_for_all(system: System) -> None:
    model, opened = system._model, system._model.gate.detach().clone()
    with torch.no_grad():
        model.gate.zero_()
    try:
        explained = system.explain(CORPUS.histories["u0"], ["0", "7", "nowhere"])
        found = attributed(model, system._counted, system._table, PAST, ASKED)
        stranger = margins(model, system._table, Past(PAST.items[:0], PAST.liked[:0]), ASKED)
    finally:
        with torch.no_grad():
            model.gate.copy_(opened)
    priors = [next(c.value for c in one.contributions if c.slot == "prior") for one in explained]
    assert priors == pytest.approx([priors[0]] * 3, abs=1e-5)
    # What the history and the tastes learned from it add is what a stranger's margin lacks.
    _, tastes = counted_shares(system._table, PAST, ASKED, model.feature_weights())
    for row, one in enumerate(found):
        learned = sum(float(values[row]) for values in tastes.values())
        assert sum(one.history.values()) + learned == pytest.approx(one.margin - stranger[row], abs=1e-4)
