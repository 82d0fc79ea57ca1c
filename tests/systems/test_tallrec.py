"""TALLRec on a random two-layer model: what every system must do, and what only this one does."""

from pathlib import Path

import numpy as np
import pytest
from invented import corpus
from tiny_model import write_tiny_language_model

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.errors import DataError, ParamsError
from explainrec_models.parts.adapter import ADAPTER_PROOF
from explainrec_models.registry import system_card, system_config
from explainrec_models.systems.tallrec import Config, System, valid_examples_of

SETTINGS = Config(
    shots=12,
    history_length=4,
    epochs=2,
    batch_size=4,
    accumulate=1,
    learning_rate=0.02,
    warmup_steps=1,
    train_on_inputs=False,
    valid_users=6,
)


@pytest.fixture(scope="module", autouse=True)
def _fp32() -> object:
    patch = pytest.MonkeyPatch()
    patch.setenv("EXPLAINREC_PRECISION", "fp32")
    yield
    patch.undo()


@pytest.fixture(scope="module")
def world() -> Corpus:
    return corpus()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


def fit(world: Corpus, model: Path, scratch: Path, settings: Config = SETTINGS, seed: int = 3) -> System:
    return System.fit(world, settings, language_model=model, scratch=scratch, seed=seed)


@pytest.fixture(scope="module")
def system(world: Corpus, model: Path, tmp_path_factory: pytest.TempPathFactory) -> System:
    return fit(world, model, tmp_path_factory.mktemp("scratch"))


def test_scores_are_ragged_finite_and_know_the_history(system: System, world: Corpus) -> None:
    user = world.histories["u1"]
    scores = system.score([user, History("new")], [["0", "1", "2"], ["0"]])
    assert scores.shape == (2, 3)
    assert scores.dtype == np.float32
    assert np.isfinite(scores[0]).all()
    assert np.isnan(scores[1, 1:]).all()
    assert scores[0, 0] != scores[1, 0]


def test_candidates_do_not_disturb_one_another(system: System, world: Corpus) -> None:
    users = [world.histories[user] for user in ("u0", "u1", "u2")]
    together = system.score(users, [world.item_ids] * 3)
    alone = [[float(system.score([user], [[item]])[0, 0]) for item in world.item_ids] for user in users]
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_only_the_window_is_read(system: System, world: Corpus) -> None:
    user = world.histories["u1"]
    older = History("u1", ("7", *user.last(4).item_ids), (True, *user.last(4).liked), (0, *user.last(4).timestamps))
    np.testing.assert_array_equal(system.score([older], [["0", "1"]]), system.score([user.last(4)], [["0", "1"]]))


def test_a_contribution_is_what_the_score_loses(system: System, world: Corpus) -> None:
    history = world.histories["u1"].last(4)
    explanations = system.explain(history, ["0", "5"])
    assert [explanation.item_id for explanation in explanations] == ["0", "5"]
    for explanation in explanations:
        item = [[explanation.item_id]]
        assert explanation.method == "leave-one-out"
        assert explanation.score == pytest.approx(float(system.score([history], item)[0, 0]), abs=1e-4)
        prior, *others = explanation.contributions
        assert prior.slot == schema.PRIOR
        assert prior.value == pytest.approx(float(system.score([History("u1")], item)[0, 0]), abs=1e-4)
        assert [other.source for other in others] == list(dict.fromkeys(history.item_ids))
        for other in others:
            without = float(system.score([history.without([other.source])], item)[0, 0])
            assert other.value == pytest.approx(explanation.score - without, abs=2e-4)


def test_a_user_without_a_past_is_explained_by_the_prior(system: System) -> None:
    (explanation,) = system.explain(History("new"), ["3"])
    assert [c.slot for c in explanation.contributions] == [schema.PRIOR]
    assert explanation.contributions[0].value == pytest.approx(explanation.score, abs=1e-4)


def test_saving_and_loading_changes_nothing(system: System, world: Corpus, model: Path, tmp_path: Path) -> None:
    system.save(tmp_path)
    loaded = System.load(tmp_path, world, language_model=model)
    users = [world.histories[user] for user in ("u0", "u1")]
    candidates = [world.item_ids, world.item_ids[:3]]
    np.testing.assert_array_equal(loaded.score(users, candidates), system.score(users, candidates))
    assert loaded.report() == system.report()
    again = tmp_path / "again"
    again.mkdir()
    loaded.save(again)
    assert (again / ADAPTER_PROOF).read_bytes() == (tmp_path / ADAPTER_PROOF).read_bytes()
    names = {path.suffix for path in tmp_path.iterdir() if path.is_file()}
    assert names == {".json", ".safetensors"}


def test_other_pretrained_weights_are_refused(
    system: System, world: Corpus, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write_tiny_language_model(tmp_path_factory.mktemp("other"), seed=5)
    system.save(tmp_path)
    with pytest.raises(DataError, match="the adapter that scores is not the one that was trained"):
        System.load(tmp_path, world, language_model=other)


def test_the_same_seed_gives_the_same_system(system: System, world: Corpus, model: Path, tmp_path: Path) -> None:
    users, candidates = [world.histories["u1"]], [world.item_ids]
    again = fit(world, model, tmp_path)
    np.testing.assert_array_equal(again.score(users, candidates), system.score(users, candidates))
    assert again.report() == system.report()
    other = fit(world, model, tmp_path, seed=4)
    assert not np.array_equal(other.score(users, candidates), system.score(users, candidates))


def test_the_report_says_what_was_chosen_and_why(system: System) -> None:
    report = dict(system.report())
    assert report["shots"] == 12
    assert report["wording"] in report["zero_shot_valid_auc_scores"]
    assert len(report["zero_shot_valid_auc_scores"]) == 6
    assert len(report["valid_auc_scores"]) == report["epochs"] == 2
    assert 1 <= report["kept_epoch"] <= 2
    assert report["trained_parameters"] == 2 * (8 * 32 + 32 * 8) + 2 * (8 * 32 + 16 * 8)


def test_nothing_is_left_in_scratch(world: Corpus, model: Path, tmp_path: Path) -> None:
    fit(world, model, tmp_path, SETTINGS.model_copy(update={"epochs": 1}))
    assert not list(tmp_path.iterdir())


def test_the_published_loss_runs_too(world: Corpus, model: Path, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"train_on_inputs": True, "epochs": 1, "tuned_layers": 1})
    report = fit(world, model, tmp_path, settings).report()
    assert report["trained_parameters"] == (8 * 32 + 32 * 8) + (8 * 32 + 16 * 8)


def test_validation_rows_are_behind_training_histories(world: Corpus) -> None:
    examples = valid_examples_of(world, SETTINGS, seed=3)
    known = set(world.valid.select(schema.USER_ID, schema.ITEM_ID).iter_rows())
    assert {(example.history.user_id, example.item_id) for example in examples} <= known
    assert len({example.history.user_id for example in examples}) <= SETTINGS.valid_users
    for example in examples:
        assert example.history == world.histories.get(example.history.user_id, History(example.history.user_id)).last(4)
        assert all(moment < example.timestamp for moment in example.history.timestamps)


def test_users_with_a_past_come_first(world: Corpus) -> None:
    someone = world.valid[schema.USER_ID].unique().sort()[0]
    rest = world.train.filter(world.train[schema.USER_ID] == someone)
    known_only = Corpus(world.key, world.noun, world.items, rest, world.valid)
    one = SETTINGS.model_copy(update={"valid_users": 1})
    assert {example.history.user_id for example in valid_examples_of(known_only, one, seed=1)} == {someone}


def test_defaults_are_the_papers() -> None:
    config = Config()
    assert (config.rank, config.alpha, config.dropout, config.learning_rate) == (8, 16, 0.05, 1e-4)
    assert (config.shots, config.history_length, config.batch_size * config.accumulate) == (64, 10, 128)
    assert config.train_on_inputs
    quoted = {result.dataset: result.value for result in system_card("tallrec").quoted}
    assert quoted["tallrec-movie, 64 shots"] == 0.6748


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ParamsError, match="unknown setting of system 'tallrec' 'learning_rates'"):
        system_config("tallrec", {"learning_rates": 1})
