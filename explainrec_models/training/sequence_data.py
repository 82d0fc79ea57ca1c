"""What a sequence model trains on: windows of item sequences, batched by length in a seeded order."""

from collections.abc import Sequence
from typing import NamedTuple

import lightning
import torch
from torch.utils.data import DataLoader

from explainrec_models.training.examples import ALONE, IGNORED, EpochOrder, Share
from explainrec_models.training.loading import EpochLoader, share_of

_POOL = 16
"""Batches sorted by length together: enough to save most padding, few enough to stay random."""


class Window(NamedTuple):
    """Tokens of one example and, for each, the item that comes next.

    Attributes:
        tokens: the start token, then items.
        targets: as long; ``IGNORED`` where nothing is asked.
    """

    tokens: tuple[int, ...]
    targets: tuple[int, ...]


class SequenceBatch(NamedTuple):
    """Windows padded on the right, (B, T) each; targets of padding are ``IGNORED``."""

    tokens: torch.Tensor
    targets: torch.Tensor


def windows(sequence: Sequence[int], *, length: int, start: int) -> list[Window]:
    """Cut a user's items into windows in which each item is the target exactly once.

    Windows end with the sequence's end, so that the last ones are full; each but the first opens with the item before
    it.

    >>> windows([5, 6, 7, 8, 9], length=3, start=0)
    [Window(tokens=(0, 5), targets=(5, 6)), Window(tokens=(0, 6, 7, 8), targets=(-100, 7, 8, 9))]
    """
    found = []
    for stop in range(len(sequence), 0, -length):
        begin = max(0, stop - length)
        if begin == 0:
            found.append(Window((start, *sequence[: stop - 1]), tuple(sequence[:stop])))
        else:
            found.append(Window((start, *sequence[begin - 1 : stop - 1]), (IGNORED, *sequence[begin:stop])))
    return found[::-1]


def collate(examples: Sequence[Window]) -> SequenceBatch:
    """Pad windows to the longest; the padding token may be any, since a causal model never looks to the right."""
    longest = max(len(window.tokens) for window in examples)
    padding = [longest - len(window.tokens) for window in examples]
    tokens = [[*window.tokens, *([0] * short)] for window, short in zip(examples, padding, strict=True)]
    targets = [[*window.targets, *([IGNORED] * short)] for window, short in zip(examples, padding, strict=True)]
    return SequenceBatch(torch.tensor(tokens), torch.tensor(targets))


class LengthOrder(EpochOrder):
    """Batches of windows of similar length."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int, share: Share = ALONE) -> None:
        """Store what the order depends on.

        Args:
            lengths: of each window.
            batch_size: windows a batch.
            seed: of the order.
            share: of this process.
        """
        super().__init__(len(lengths), batch_size, seed, share)
        self._lengths = torch.tensor(lengths)

    def _batches(self, generator: torch.Generator) -> list[list[int]]:
        order = torch.randperm(self._count, generator=generator)
        pools = torch.split(order, _POOL * self._batch_size)
        sorted_pools = [pool[torch.argsort(self._lengths[pool], stable=True)] for pool in pools]
        batches = [batch.tolist() for pool in sorted_pools for batch in torch.split(pool, self._batch_size)]
        return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]


class SequenceData(lightning.LightningDataModule):
    """Windows to train on; validation is one call of the module's own measure."""

    def __init__(self, examples: Sequence[Window], *, batch_size: int, seed: int, validate: bool) -> None:
        """Store the data.

        Args:
            examples: to train on.
            batch_size: windows a batch.
            seed: of the order.
            validate: whether there is anything to validate on.
        """
        super().__init__()
        self.examples = tuple(examples)
        self.validate = validate
        self._batch_size, self._seed = batch_size, seed

    def train_dataloader(self) -> EpochLoader[SequenceBatch]:
        """Return this process's batches of an epoch."""
        lengths = [len(window.tokens) for window in self.examples]
        return EpochLoader(self._batch, LengthOrder(lengths, self._batch_size, self._seed, share_of(self)))

    def val_dataloader(self) -> DataLoader[int]:
        """Return one empty batch: the measure brings its own rows."""
        return DataLoader([0] if self.validate else [], batch_size=None)  # type: ignore[arg-type]  # a list is a data set

    def _batch(self, places: Sequence[int]) -> SequenceBatch:
        return collate([self.examples[place] for place in places])
