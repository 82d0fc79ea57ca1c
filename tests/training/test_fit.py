"""A run that was killed and resumed ends with the very weights of a run that was not."""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from dying import start_script
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tiny_model import write_tiny_language_model
from training.tuning_run import MortalModule, tune

from explainrec_models.parts.adapter import trainable_tensors

SCRIPT = Path(__file__).with_name("tuning_run.py")
BATCHES = 7
"""Thirteen examples in batches of two."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


def facts(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


LAST = {"keep": "last"}
KILLS = [
    pytest.param("--kill-at-batch=17", LAST, 15, id="inside a later epoch"),
    pytest.param("--kill-after-save=last:2", {}, 14, id="at the end of an epoch"),
    pytest.param("--kill-at-batch=2", LAST, 0, id="before any checkpoint", marks=pytest.mark.slow),
    pytest.param("--kill-at-batch=5", LAST, 3, id="inside the first epoch", marks=pytest.mark.slow),
    pytest.param("--kill-at-batch=14", LAST, 12, id="at the last batch of an epoch", marks=pytest.mark.slow),
    pytest.param("--kill-after-save=best:1", {}, 6, id="between best and last", marks=pytest.mark.slow),
    pytest.param("--kill-after-save=last:4", {}, 28, id="behind the last epoch", marks=pytest.mark.slow),
    pytest.param("--kill-at-batch=13", {"accumulate": 2, **LAST}, 11, id="gradients summed", marks=pytest.mark.slow),
    pytest.param(
        "--kill-after-save=last:{epochs}",
        {"patience": 1, "epochs": 8},
        None,
        id="early stop",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("kill", "settings", "saved_batches"), KILLS)
def test_a_killed_run_ends_like_an_unbroken_one(
    kill: str, settings: dict[str, Any], saved_batches: int | None, model: Path, tmp_path: Path
) -> None:
    expected, expected_report = tune(model, tmp_path / "unbroken", **settings)
    options = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    out = tmp_path / "resumed.safetensors"
    total = BATCHES * expected_report.epochs
    kill = kill.format(epochs=expected_report.epochs)
    assert start_script(SCRIPT, model, tmp_path / "killed", out, *options, kill) == -signal.SIGKILL
    assert start_script(SCRIPT, model, tmp_path / "killed", out, *options) == 0
    weights, resumed = load_file(out), facts(out)
    assert resumed["report"] == repr(expected_report)
    assert int(resumed["batches"]) == total - (total if saved_batches is None else saved_batches)
    for name, tensor in trainable_tensors(expected.adapted).items():
        assert torch.equal(weights[name], tensor), name
    assert not (tmp_path / "unbroken").exists()
    assert not (tmp_path / "killed").exists()


def test_a_run_stops_when_validation_gets_no_better(model: Path, tmp_path: Path) -> None:
    _, report = tune(model, tmp_path / "a", epochs=8, patience=1)
    assert report.epochs < 8
    assert report.kept_epoch == report.epochs - 1


def test_training_moves_every_adapter_tensor(model: Path, tmp_path: Path) -> None:
    before, _ = tune(model, tmp_path / "a", epochs=1, learning_rate=0.0, validate=False)
    after, _ = tune(model, tmp_path / "b", epochs=1, validate=False)
    start_tensors, end_tensors = trainable_tensors(before.adapted), trainable_tensors(after.adapted)
    assert all(not torch.equal(start_tensors[name], end_tensors[name]) for name in end_tensors)


def test_the_best_epoch_is_kept(model: Path, tmp_path: Path) -> None:
    module, report = tune(model, tmp_path / "a", epochs=6, learning_rate=0.3)
    assert len(report.valid_scores) == report.epochs == 6
    assert report.valid_scores[report.kept_epoch - 1] == max(report.valid_scores)
    kept, _ = tune(model, tmp_path / "b", epochs=6, learning_rate=0.3, keep="last")
    same = all(
        torch.equal(tensor, trainable_tensors(kept.adapted)[name])
        for name, tensor in trainable_tensors(module.adapted).items()
    )
    assert same == (report.kept_epoch == 6)


def test_without_validation_the_last_epoch_is_kept(model: Path, tmp_path: Path) -> None:
    _, report = tune(model, tmp_path / "a", epochs=2, validate=False)
    assert (report.epochs, report.kept_epoch, report.valid_scores) == (2, 2, ())


def test_both_losses_learn_the_examples(model: Path, tmp_path: Path) -> None:
    for whole_text in (False, True):
        module, _ = tune(
            model, tmp_path / "a", epochs=12, validate=False, train_on_inputs=whole_text, learning_rate=0.02
        )
        assert module.trainer.callback_metrics["train_loss"] < 0.6 * module.first_loss


def test_leftovers_of_another_run_are_not_resumed(model: Path, tmp_path: Path) -> None:
    killed, out = tmp_path / "killed", tmp_path / "out.safetensors"
    assert start_script(SCRIPT, model, killed, out, "--kill-at-batch", "5") == -signal.SIGKILL
    (killed / "step.safetensors").rename(killed / "last.safetensors")
    save_file({"a": torch.zeros(1)}, killed / "step.safetensors")
    MortalModule.batches = 0
    tune(model, killed, epochs=1, fingerprint="other")
    assert MortalModule.batches == BATCHES
