"""Loading the batches of a training, from the middle of an epoch where a run was interrupted."""

from collections.abc import Callable
from typing import Generic, TypeVar

import lightning
from torch.utils.data import DataLoader

from explainrec_models.training.examples import ALONE, EpochOrder, Share

BatchT = TypeVar("BatchT")


class EpochLoader(DataLoader[BatchT]):
    """A loader that Lightning can put back into the middle of an epoch."""

    def __init__(self, make: Callable[[list[int]], BatchT], order: EpochOrder) -> None:
        """Store where batches come from.

        Args:
            make: a batch of places.
            order: of the places.
        """
        self._order = order
        super().__init__(_Made(make, order), sampler=order, batch_size=None, num_workers=0)  # type: ignore[arg-type]  # it maps places to whole batches

    def state_dict(self) -> dict[str, int]:
        """Return how many batches of the epoch are done."""
        return {"shown": self._order.shown}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue behind them."""
        self._order.resume_after(state["shown"])


class _Made(Generic[BatchT]):
    def __init__(self, make: Callable[[list[int]], BatchT], order: EpochOrder) -> None:
        self._make, self._order = make, order

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, places: list[int]) -> BatchT:
        return self._make(places)


def share_of(data: lightning.LightningDataModule) -> Share:
    """Return which of the processes that train together asks."""
    return Share(data.trainer.global_rank, data.trainer.world_size) if data.trainer else ALONE
