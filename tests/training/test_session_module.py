"""A killed tuning of ExplainRec ends with the very files of an unbroken one; tasks speak in comparable units."""

import math
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from dying import start_script
from numpy.typing import NDArray
from tiny_model import write_tiny_language_model

from explainrec_models.training.session_module import SessionOptimisation, SessionTuning

SCRIPT = Path(__file__).with_name("session_run.py")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


def run(model: Path, scratch: Path, out: Path, kill_at: int = -1) -> int:
    return start_script(SCRIPT, model, scratch, out, str(kill_at))


@pytest.fixture(scope="module")
def unbroken(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("unbroken")
    assert run(model, folder / "scratch", folder / "out") == 0
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


@pytest.mark.parametrize(
    "batch", [1, 17, pytest.param(11, marks=pytest.mark.slow), pytest.param(25, marks=pytest.mark.slow)]
)
def test_a_killed_tuning_ends_like_an_unbroken_one(
    batch: int, model: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    scratch, out = tmp_path / "scratch", tmp_path / "out"
    assert run(model, scratch, out, kill_at=batch) == -signal.SIGKILL
    assert run(model, scratch, out) == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == unbroken
    assert not scratch.exists()


class Answers(torch.nn.Module):
    """A model of one weight whose second head says what it is told to."""

    def __init__(self, says: float) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(says))
        self.gate = torch.nn.Parameter(torch.tensor(0.05))

    def forward(self, batch: Any) -> Any:
        return SimpleNamespace(margins=torch.zeros_like(batch.liked))


class LeftOut:
    """Two questions of three rows each, with the targets given."""

    def __init__(self, model: Answers, targets: list[list[float]]) -> None:
        self._model, self._targets = model, [np.array(target, dtype=np.float32) for target in targets]

    def __len__(self) -> int:
        return len(self._targets)

    def targets(self) -> list[NDArray[np.float32]]:
        return self._targets

    def nothing(self) -> list[NDArray[np.float32]]:
        return [np.zeros_like(target) for target in self._targets]

    def said(self, places: list[int]) -> list[torch.Tensor]:
        return [self._model.weight.expand(len(self._targets[place])) for place in places]

    def agreement(self, targets: Any, said: Any) -> float:
        return float(len(targets) == len(said))


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        # Nothing to tell: in tenths of a log-odd, 0.2 is two.
        (None, 4.0),
        # Three of 1 and three of 3 have a variance of 6 / 5.
        ([[1.0, 1.0, 1.0], [3.0, 3.0, 3.0]], (0.8**2 + 2.8**2) / 2 / 1.2),
    ],
)
def test_the_attribution_task_speaks_in_the_unit_of_its_targets(
    targets: list[list[float]] | None, expected: float
) -> None:
    """Targets of zero have no spread; in units of (nearly) nothing they would drown what else is learned."""
    model = Answers(0.2)
    left_out = LeftOut(model, targets or [[0.0] * 3] * 2)
    plan = SessionOptimisation(1e-3, 1e-3, 0.0, 1, 1)
    tuning = SessionTuning(model, plan, left_out, lambda *_: 0.5, seed=1)
    tuning._targets = [torch.from_numpy(target) for target in left_out.targets()]
    batch = SimpleNamespace(liked=torch.tensor([1.0, 0.0]), drops=torch.zeros(2, 3, dtype=torch.bool))
    losses = tuning.losses(batch, 0)
    assert losses["attribution"].item() == pytest.approx(expected, rel=1e-5)
    assert losses["recommendation"].item() == pytest.approx(math.log(2))
