"""Tokenised training examples and the seeded order in which an epoch shows them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.utils.data import Sampler

IGNORED = -100
"""Target of tokens that no loss is computed on."""


@dataclass(frozen=True)
class TokenisedExample:
    """A prompt with its right answer.

    Attributes:
        prompt: tokens of the question.
        answer: tokens of the answer that the loss over the whole text reads.
        liked: the right answer.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    liked: bool


class Batch(NamedTuple):
    """Examples padded on the right. ``B`` examples, ``T`` tokens.

    Attributes:
        tokens: prompts, with answers where the loss reads them (B, T).
        targets: the same tokens, ``IGNORED`` where padded (B, T).
        last: place of each prompt's last token (B).
        liked: 1 or 0 (B).
    """

    tokens: torch.Tensor
    targets: torch.Tensor
    last: torch.Tensor
    liked: torch.Tensor


def collate(examples: Sequence[TokenisedExample], *, with_answers: bool) -> Batch:
    """Pad examples to one length.

    Args:
        examples: of one batch.
        with_answers: append the answers, for the loss over the whole text.
    """
    rows = [(*example.prompt, *example.answer) if with_answers else example.prompt for example in examples]
    longest = max(len(row) for row in rows)
    # A causal model never looks to the right, so the padding token may be any.
    tokens = torch.tensor([[*row, *([0] * (longest - len(row)))] for row in rows])
    targets = torch.tensor([[*row, *([IGNORED] * (longest - len(row)))] for row in rows])
    last = torch.tensor([len(example.prompt) - 1 for example in examples])
    liked = torch.tensor([float(example.liked) for example in examples])
    return Batch(tokens, targets, last, liked)


@dataclass(frozen=True)
class Share:
    """Which of the processes that train together this is.

    Attributes:
        rank: counted from 0.
        world: how many there are.
    """

    rank: int
    world: int


ALONE = Share(0, 1)


class EpochOrder(Sampler[list[int]]):
    """Batches of places in an order that depends on (seed, epoch) alone, so that a resumed run sees what it would have.

    Processes that train together share the batches out in turn. Lightning calls ``set_epoch``.
    """

    def __init__(self, count: int, batch_size: int, seed: int, share: Share = ALONE) -> None:
        self._count, self._batch_size, self._seed, self._share = count, batch_size, seed, share
        self.epoch = 0
        """Whose order is shown."""
        self._skip = 0
        self.shown = 0
        """Batches of this epoch handed out so far."""

    def set_epoch(self, epoch: int) -> None:
        """Choose the order."""
        self.epoch = epoch

    def resume_after(self, shown: int) -> None:
        """Leave out the first batches of the next epoch that is iterated."""
        self._skip = shown

    def __len__(self) -> int:
        """Count this process's batches of a whole epoch; every process has as many."""
        return math.ceil(math.ceil(self._count / self._batch_size) / self._share.world)

    def __iter__(self) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(mixed_seed(self._seed, self.epoch))
        batches = self._batches(generator)
        self.shown, self._skip = self._skip, 0
        for batch in range(self.shown, len(self)):
            self.shown = batch + 1
            # Where they do not divide, the first ones are shown twice.
            yield batches[(batch * self._share.world + self._share.rank) % len(batches)]

    def _batches(self, generator: torch.Generator) -> list[list[int]]:
        """Return the batches of all processes."""
        order = torch.randperm(self._count, generator=generator)
        return [batch.tolist() for batch in torch.split(order, self._batch_size)]


def mixed_seed(*parts: int) -> int:
    """Return one seed from several numbers; neighbouring inputs give unrelated seeds.

    >>> mixed_seed(20, 0) == mixed_seed(20, 0), mixed_seed(20, 0) == mixed_seed(0, 20)
    (True, False)
    """
    seed = 0
    for part in parts:
        # Multiplier and modulus of splitmix64.
        seed = ((seed ^ part) * 0x9E3779B97F4A7C15 + 0xBF58476D1CE4E5B9) % 2**63
    return seed
