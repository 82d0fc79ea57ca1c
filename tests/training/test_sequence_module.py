"""A killed and resumed training ends with the very weights of an unbroken one; the best epoch is kept."""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from dying import start_script
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from training.sequence_run import CPU, MortalModule, train

from explainrec_models.training.fit import FitReport
from explainrec_models.training.machine import Machine

SCRIPT = Path(__file__).with_name("sequence_run.py")
BATCHES = 11
"""Of two windows each."""


def facts(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


def weights(module: MortalModule) -> dict[str, torch.Tensor]:
    return dict(module.network.state_dict())


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


SLOW = pytest.mark.slow
KILLS = [
    pytest.param("--kill-at-batch=28", {}, 27, id="inside a later epoch"),
    pytest.param("--kill-at-batch=2", {}, 0, id="before any checkpoint", marks=SLOW),
    pytest.param("--kill-after-save=last:2", {}, 22, id="at the end of an epoch", marks=SLOW),
    pytest.param("--kill-after-save=last:4", {}, 44, id="behind the last epoch", marks=SLOW),
    pytest.param("--kill-at-batch=19", {"accumulate": 2}, 17, id="gradients summed", marks=SLOW),
    pytest.param("--kill-after-save=last:{epochs}", {"patience": 1, "epochs": 9}, None, id="early stop", marks=SLOW),
]


@pytest.mark.parametrize(("kill", "settings", "saved_batches"), KILLS)
def test_a_killed_run_ends_like_an_unbroken_one(
    kill: str, settings: dict[str, Any], saved_batches: int | None, tmp_path: Path
) -> None:
    expected, report = train(tmp_path / "unbroken", **settings)
    total = BATCHES * report.epochs
    options = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    out = tmp_path / "resumed.safetensors"
    kill = kill.format(epochs=report.epochs)
    assert start_script(SCRIPT, tmp_path / "killed", out, *options, kill) == -signal.SIGKILL
    assert start_script(SCRIPT, tmp_path / "killed", out, *options) == 0
    assert facts(out)["report"] == repr(report)
    assert int(facts(out)["batches"]) == total - (total if saved_batches is None else saved_batches)
    assert same(load_file(out), weights(expected))
    assert not (tmp_path / "unbroken").exists()
    assert not (tmp_path / "killed").exists()


def test_a_run_learns_and_is_the_same_twice(tmp_path: Path) -> None:
    MortalModule.losses.clear()
    first, report = train(tmp_path / "a", epochs=30, validate=False)
    epochs = [sum(MortalModule.losses[at : at + BATCHES]) for at in range(0, 30 * BATCHES, BATCHES)]
    second, again = train(tmp_path / "b", epochs=30, validate=False)
    assert epochs[-1] < 0.8 * epochs[0]
    assert report == again == FitReport(30, 30, ())
    assert same(weights(first), weights(second))


def test_the_best_epoch_is_kept(tmp_path: Path) -> None:
    module, report = train(tmp_path / "a", epochs=6, learning_rate=0.3)
    assert len(report.valid_scores) == report.epochs == 6
    assert report.valid_scores[report.kept_epoch - 1] == max(report.valid_scores)
    assert module._measure() == pytest.approx(max(report.valid_scores), abs=1e-5)


def test_a_run_stops_when_validation_gets_no_better(tmp_path: Path) -> None:
    _, report = train(tmp_path / "a", epochs=30, patience=1, learning_rate=0.3)
    assert report.epochs < 30
    assert report.kept_epoch == report.epochs - 1


def test_leftovers_of_another_run_are_not_resumed(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    assert start_script(SCRIPT, killed, tmp_path / "out", "--kill-at-batch", "5") == -signal.SIGKILL
    (killed / "step.safetensors").rename(killed / "last.safetensors")
    save_file({"a": torch.zeros(1)}, killed / "step.safetensors")
    MortalModule.batches = 0
    train(killed, epochs=1, fingerprint="other")
    assert MortalModule.batches == BATCHES


def test_half_precision_is_lightnings_and_leaves_weights_whole(tmp_path: Path) -> None:
    half, report = train(tmp_path / "a", epochs=2, machine=Machine(CPU, torch.bfloat16))
    full, _ = train(tmp_path / "b", epochs=2)
    assert half.trainer.precision == "bf16-mixed"
    assert all(0 < score < 1 for score in report.valid_scores)
    assert all(tensor.dtype == torch.float32 for tensor in weights(half).values())
    assert not same(weights(half), weights(full))


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path: Path) -> None:
    """They share the batches, so an epoch has half as many steps; this process gets what they learnt."""
    out = tmp_path / "out.safetensors"
    assert start_script(SCRIPT, tmp_path / "scratch", out, "--devices=2", "--epochs=3") == 0
    assert "epochs=3" in facts(out)["report"]
    single, report = train(tmp_path / "single", epochs=3)
    assert repr(report) != facts(out)["report"]
    assert not same(load_file(out), weights(single))
    assert not (tmp_path / "scratch").exists()
