"""A tuning of ExplainRec that was killed and resumed ends with the very files of one that was not."""

import signal
from pathlib import Path

import pytest
from dying import start_script
from tiny_model import write_tiny_language_model

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
