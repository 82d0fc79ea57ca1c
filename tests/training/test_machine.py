"""How many devices one training takes."""

import pytest

from explainrec_models.errors import ParamsError
from explainrec_models.training.machine import machine_devices


def test_the_environment_says_how_many_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLAINREC_DEVICES", raising=False)
    assert machine_devices() == 1
    monkeypatch.setenv("EXPLAINREC_DEVICES", "4")
    assert machine_devices() == 4
    monkeypatch.setenv("EXPLAINREC_DEVICES", "none")
    with pytest.raises(ParamsError, match="EXPLAINREC_DEVICES='none': expected a positive number of devices"):
        machine_devices()
