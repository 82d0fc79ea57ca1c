"""What one training runs on: no choice of the experiment, so that it comes from the environment."""

import os
from dataclasses import dataclass

import torch

from explainrec_models.errors import ParamsError

DEVICES_VARIABLE = "EXPLAINREC_DEVICES"


@dataclass(frozen=True)
class Machine:
    """What to train on.

    Attributes:
        device: kind of device.
        precision: of matrix products; weights stay as they are.
        devices: how many of them.
    """

    device: torch.device
    precision: torch.dtype = torch.float32
    devices: int = 1


def machine_on(device: torch.device, precision: torch.dtype = torch.float32) -> Machine:
    """Return the machine with as many devices as ``machine_devices`` says."""
    return Machine(device, precision, machine_devices())


def machine_devices() -> int:
    """Return how many devices ``EXPLAINREC_DEVICES`` gives to one training; unset or empty is 1.

    Raises:
        ParamsError: the value is not a positive number.
    """
    wish = os.environ.get(DEVICES_VARIABLE, "") or "1"
    if not wish.isdecimal() or int(wish) < 1:
        message = f"{DEVICES_VARIABLE}={wish!r}: expected a positive number of devices."
        raise ParamsError(message)
    return int(wish)
