"""Every system answers the same questions the same way; being registered is being tested."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented import corpus
from tiny_model import write_tiny_language_model

from explainrec_models.data.histories import History
from explainrec_models.errors import UnknownNameError
from explainrec_models.params import load_params
from explainrec_models.parts.speaks import Speaks
from explainrec_models.registry import System, system_card, system_class, system_config, system_module, system_names

SMALL: dict[str, dict[str, Any]] = {
    "tallrec": {"shots": 4, "epochs": 1},
    "boosted": {"leaf_rows": 2, "regularisation": 0.0},
    "sasrec": {"embedding_size": 8, "epochs": 2},
    "explainrec": {"epochs": 2, "attribution_questions": 4},
}
"""Settings that make a contract test fast; a system that is not named here runs at its defaults."""
CORPUS = corpus()
USERS = sorted(CORPUS.histories)[:3]
HISTORIES = [CORPUS.histories[user] for user in USERS]
CANDIDATES = [["0", "1", "5"], ["2", "3"], ["7"]]


@pytest.fixture(scope="module")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("language-model"))


def fit(name: str, language_model: Path, scratch: Path) -> System:
    config = system_config(name, SMALL.get(name, {}))
    return system_class(name).fit(CORPUS, config, language_model=language_model, scratch=scratch, seed=5)


@pytest.fixture(scope="module", params=system_names())
def fitted(request: pytest.FixtureRequest, language_model: Path, tmp_path_factory: pytest.TempPathFactory) -> System:
    return fit(request.param, language_model, tmp_path_factory.mktemp("scratch"))


def name_of(system: System) -> str:
    return type(system).__module__.rpartition(".")[2]


def test_every_row_of_the_table_is_a_system_file() -> None:
    assert set(load_params(Path(__file__).parents[2] / "params.yaml").systems) <= set(system_names())


def test_unknown_systems_and_settings_name_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown system 'rate'\. Nearest known: rates"):
        system_module("rate")
    with pytest.raises(UnknownNameError, match=r"setting of system 'rates' 'smooting'\. Nearest known: smoothing"):
        system_config("rates", {"smooting": 1})


@pytest.mark.parametrize("name", system_names())
def test_the_card_and_the_docstring_are_complete(name: str) -> None:
    card, module = system_card(name), system_module(name)
    assert card.title
    assert card.signals
    assert module.__doc__
    if card.quoted:
        assert "arXiv" in module.__doc__
        assert all(quote.source for quote in card.quoted)


@pytest.mark.parametrize("name", system_names())
def test_the_config_survives_a_round_trip(name: str) -> None:
    config = system_config(name, {})
    assert system_config(name, config.model_dump(mode="json")) == config


def test_scores_have_the_shape_of_the_candidates(fitted: System) -> None:
    scores = fitted.score(HISTORIES, CANDIDATES)
    assert scores.shape == (3, 3)
    assert scores.dtype == np.float32
    assert np.isfinite(scores[0]).all()
    assert np.isnan(scores).tolist() == [[False] * 3, [False, False, True], [False, True, True]]


def test_a_user_scores_the_same_alone_and_in_company(fitted: System) -> None:
    together = fitted.score(HISTORIES, CANDIDATES)
    for place, (history, items) in enumerate(zip(HISTORIES, CANDIDATES, strict=True)):
        alone = fitted.score([history], [items])[0]
        np.testing.assert_allclose(together[place, : len(items)], alone, atol=1e-4)


def test_people_without_a_history_are_scored(fitted: System) -> None:
    assert np.isfinite(fitted.score([History("nobody")], [["0", "1"]])).all()


def test_saving_and_loading_changes_no_score(fitted: System, language_model: Path, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in {".pkl", ".pt", ".bin", ".ckpt", ".npy"}]
    loaded = type(fitted).load(tmp_path, CORPUS, language_model=language_model)
    np.testing.assert_allclose(
        loaded.score(HISTORIES, CANDIDATES), fitted.score(HISTORIES, CANDIDATES), atol=1e-4, equal_nan=True
    )


def test_the_same_seed_gives_the_same_scores(fitted: System, language_model: Path, tmp_path: Path) -> None:
    again = fit(name_of(fitted), language_model, tmp_path)
    np.testing.assert_array_equal(again.score(HISTORIES, CANDIDATES), fitted.score(HISTORIES, CANDIDATES))


def test_explanations_cite_the_history_and_explain_the_score(fitted: System) -> None:
    if not system_card(name_of(fitted)).explains:
        pytest.skip(f"the card of {name_of(fitted)} does not promise explanations")
    history = HISTORIES[0]
    explanations = fitted.explain(history, ["0", "5"])
    scores = fitted.score([history], [["0", "5"]])[0]
    assert [explanation.item_id for explanation in explanations] == ["0", "5"]
    for explanation, score in zip(explanations, scores, strict=True):
        assert explanation.score == pytest.approx(float(score), abs=1e-4)
        cited = {c.source for c in explanation.contributions if c.slot == "history"}
        assert cited <= set(history.item_ids)
        owned = set(CORPUS.attributes[explanation.item_id])
        assert {c.source for c in explanation.contributions if c.slot == "attribute"} <= owned


def test_sentences_of_systems_that_speak_cite_what_helps(fitted: System) -> None:
    if not isinstance(fitted, Speaks):
        pytest.skip(f"{name_of(fitted)} leaves the words to the template")
    for explanation in fitted.explain(HISTORIES[0], ["0", "5"]):
        words, cited = fitted.sentence(explanation, HISTORIES[0], CORPUS.titles, cited=2)
        helping = [c.source for c in explanation.strongest(2, slots=["history"])]
        assert cited[:1] == helping[:1]
        assert set(cited) <= set(helping)
        assert all(f"“{CORPUS.titles[item]}”" in words for item in cited)


def test_reports_are_plain_values(fitted: System) -> None:
    import json

    assert json.loads(json.dumps(fitted.report()))
