"""Sequences made anew each epoch, and the validation sequences that choose the best one."""

from collections.abc import Callable, Sequence
from typing import Any

import lightning
from torch.utils.data import DataLoader

from explainrec_models.training.examples import EpochOrder
from explainrec_models.training.loading import EpochLoader, share_of

MakeSequence = Callable[[int, int], Any]
"""Makes the sequence of a number in an epoch; what is dropped at random depends on both alone."""


class SessionData(lightning.LightningDataModule):
    """Training sequences by number, and validation sequences."""

    def __init__(self, make: MakeSequence, count: int, valid: Sequence[Any], *, seed: int) -> None:
        """Store the data.

        Args:
            make: makes a training sequence.
            count: how many there are in an epoch.
            valid: validation sequences; may be empty.
            seed: of their order.
        """
        super().__init__()
        self._valid = list(valid)
        self.validate = bool(valid)
        self._make, self._count, self._seed = make, count, seed

    def train_dataloader(self) -> EpochLoader[Any]:
        """Return this process's sequences of an epoch."""
        order = EpochOrder(self._count, 1, self._seed, share_of(self))
        return EpochLoader(lambda places: self._make(places[0], order.epoch), order)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the validation sequences."""
        return DataLoader(self._valid, batch_size=None)  # type: ignore[arg-type]  # a list is a data set
