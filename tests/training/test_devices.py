"""Several processes tune one language model: two with a batch each learn what one learns of two batches a step."""

from pathlib import Path

import numpy as np
import pytest
from dying import start_script
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tiny_model import write_tiny_language_model
from training.devices_run import tune

SCRIPT = Path(__file__).with_name("devices_run.py")


def learnt(folder: Path) -> NDArray[np.float32]:
    found = [load_file(path) for path in sorted(folder.glob("*.safetensors"))]
    return np.concatenate([array.ravel() for arrays in found for _, array in sorted(arrays.items())])


@pytest.mark.slow
@pytest.mark.parametrize("system", ["explainrec", "tallrec"])
def test_two_processes_learn_what_one_learns_of_twice_the_batches(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, scratch = write_tiny_language_model(tmp_path / "model"), tmp_path / "scratch"
    monkeypatch.delenv("EXPLAINREC_DEVICES", raising=False)
    for accumulate in (1, 2):
        out = tmp_path / str(accumulate)
        tune(system, language_model=model, scratch=scratch, out=out, accumulate=accumulate)
    monkeypatch.setenv("EXPLAINREC_DEVICES", "2")
    assert start_script(SCRIPT, system, model, scratch, tmp_path / "shared", "1") == 0
    assert not [*scratch.rglob("*.safetensors")]
    shared = learnt(tmp_path / "shared")
    np.testing.assert_allclose(shared, learnt(tmp_path / "2"), rtol=0, atol=1e-5)
    assert np.abs(shared - learnt(tmp_path / "1")).max() > 1e-4


def test_half_precision_is_the_machines_and_leaves_weights_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_tiny_language_model(tmp_path / "model")
    found = []
    for precision in ("fp32", "bf16"):
        monkeypatch.setenv("EXPLAINREC_PRECISION", precision)
        out = tmp_path / precision
        tune("explainrec", language_model=model, scratch=tmp_path / "scratch", out=out, accumulate=1)
        found.append(load_file(out / "weights.safetensors"))
    whole, half = found
    assert {array.dtype for array in half.values()} == {np.dtype(np.float32)}
    assert any((half[name] != whole[name]).any() for name in whole)
    for name, array in whole.items():
        np.testing.assert_allclose(half[name], array, rtol=0, atol=0.02)
