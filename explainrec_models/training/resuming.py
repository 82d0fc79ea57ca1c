"""What lets a training that was killed end like an unbroken one: what checkpoints hold, and draws made anew a batch."""

import random
from functools import partial
from typing import Any, cast

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig

from explainrec_models.training.examples import mixed_seed


class ResumableModule(lightning.LightningModule):
    """A module whose checkpoints hold what is trained and what the report says of the epochs before."""

    def __init__(self, monitor: str) -> None:
        """Start without any epoch.

        Args:
            monitor: name of the validation score that decides on the best epoch, higher is better.
        """
        super().__init__()
        self.monitor = monitor
        self.fingerprint = ""
        """What a checkpoint must have been written for to be resumed from."""
        self.valid_scores: list[float] = []
        """One an epoch."""
        # A checkpoint holds what is trained only: pretrained weights are on disk already.
        self.strict_loading = False

    def batch_number(self, batch_index: int) -> int:
        """Return the place of one of this process's batches among those of all that train together."""
        return batch_index * self.trainer.world_size + self.global_rank

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leave out what is not trained; note which run this is and how its epochs went."""
        kept = trainable_names(self)
        state = cast("dict[str, torch.Tensor]", checkpoint["state_dict"])
        checkpoint["state_dict"] = {name: tensor for name, tensor in state.items() if name in kept}
        checkpoint["fingerprint"] = self.fingerprint
        checkpoint["valid_scores"] = list(self.valid_scores)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Bring back what the report says of the epochs before."""
        self.valid_scores = list(checkpoint["valid_scores"])


def trainable_names(module: torch.nn.Module) -> set[str]:
    """Return the names of the weights that training changes."""
    return {name for name, weight in module.named_parameters() if weight.requires_grad}


def load_trained(module: torch.nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Put a checkpoint's weights into a module."""
    outcome = module.load_state_dict(state, strict=False)
    assert not outcome.unexpected_keys, outcome.unexpected_keys
    assert not trainable_names(module) & set(outcome.missing_keys), "a checkpoint holds every trainable tensor"


def seed_draws(*parts: int) -> None:
    """Make every draw from here on depend on these numbers alone, wherever the run was resumed."""
    seed = mixed_seed(*parts)
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)


def rate_at(step: int, *, warmup_steps: int, steps: int) -> float:
    """Return the share of the full learning rate: a linear rise, then a linear fall to zero.

    >>> [round(rate_at(step, warmup_steps=1, steps=5), 2) for step in (0, 1, 3, 5)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if step < warmup_steps:
        return (step + 1) / (warmup_steps + 1)
    return max(0.0, (steps - step) / max(1, steps - warmup_steps))


def with_schedule(optimiser: torch.optim.Optimizer, *, warmup_steps: int, steps: int) -> OptimizerLRSchedulerConfig:
    """Return an optimiser whose rate follows ``rate_at``, step by step."""
    rate = partial(rate_at, warmup_steps=warmup_steps, steps=steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
