"""Sequences made anew each epoch, and the validation sequences that choose the best one."""

from collections.abc import Callable, Sequence
from typing import Any

import lightning
from torch.utils.data import DataLoader

from explainrec_models.training.examples import EpochOrder

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

    def train_dataloader(self) -> "SessionLoader":
        """Return the sequences of an epoch."""
        order = EpochOrder(self._count, 1, self._seed)
        return SessionLoader(_Sequences(self._make, self._count, order), order)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the validation sequences."""
        return DataLoader(self._valid, batch_size=None)  # type: ignore[arg-type]  # a list is a data set


class SessionLoader(DataLoader[Any]):
    """A loader that Lightning can put back into the middle of an epoch."""

    def __init__(self, sequences: "_Sequences", order: EpochOrder) -> None:
        self._order = order
        super().__init__(sequences, sampler=order, batch_size=None, num_workers=0)  # type: ignore[arg-type]  # it maps places to sequences

    def state_dict(self) -> dict[str, int]:
        """Return how many sequences of the epoch are done."""
        return {"shown": self._order.shown}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue behind them."""
        self._order.resume_after(state["shown"])


class _Sequences:
    def __init__(self, make: MakeSequence, count: int, order: EpochOrder) -> None:
        self._make, self._count, self._order = make, count, order

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, places: list[int]) -> Any:
        return self._make(places[0], self._order.epoch)
