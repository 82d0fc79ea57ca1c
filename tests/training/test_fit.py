"""A run that was killed and resumed ends with the very weights of a run that was not."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from tiny_model import write_tiny_language_model

sys.path.insert(0, str(Path(__file__).parent))
from tuning_run import tune

SCRIPT = Path(__file__).with_name("tuning_run.py")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


def start(model: Path, scratch: Path, out: Path, *options: str) -> int:
    """Run in a process of its own; return its exit code."""
    command = [sys.executable, str(SCRIPT), str(model), str(scratch), str(out), *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode in {0, -signal.SIGKILL}, run.stderr
    return run.returncode


def outcome(path: Path) -> tuple[dict[str, torch.Tensor], str]:
    with safe_open(path, framework="pt") as file:
        return load_file(path), file.metadata()["report"]


KILLS = {
    "inside the first epoch, before any checkpoint": ["--kill-at-batch", "2"],
    "inside the first epoch, behind a checkpoint": ["--kill-at-batch", "5"],
    "inside a later epoch": ["--kill-at-batch", "18"],
    "at the last batch of an epoch": ["--kill-at-batch", "14"],
    "between the best and the last checkpoint": ["--kill-after-save", "best:1"],
    "right behind the end of an epoch": ["--kill-after-save", "last:2"],
    "right behind the end of the last epoch": ["--kill-after-save", "last:4"],
    "while gradients accumulate": ["--kill-at-batch", "12", "--accumulate", "2"],
    "behind an early stop": ["--kill-after-save", "last:3", "--patience", "1", "--epochs", "8"],
}


@pytest.mark.parametrize("kill", KILLS)
def test_a_killed_run_ends_like_an_unbroken_one(kill: str, model: Path, tmp_path: Path) -> None:
    options = KILLS[kill]
    whole = [option for option in options[2:]]
    assert start(model, tmp_path / "a", tmp_path / "whole.safetensors", *whole) == 0
    assert start(model, tmp_path / "b", tmp_path / "resumed.safetensors", *options) == -signal.SIGKILL
    assert start(model, tmp_path / "b", tmp_path / "resumed.safetensors", *whole) == 0
    expected, expected_report = outcome(tmp_path / "whole.safetensors")
    found, report = outcome(tmp_path / "resumed.safetensors")
    assert report == expected_report
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()
