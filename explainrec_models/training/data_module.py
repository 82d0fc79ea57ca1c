"""What a tuning run reads: shuffled training batches, and validation prompts in groups that begin alike."""

from collections.abc import Sequence
from typing import NamedTuple

import lightning
from torch.utils.data import DataLoader

from explainrec_models.training.examples import Batch, EpochOrder, TokenisedExample, collate
from explainrec_models.training.loading import EpochLoader, share_of


class PromptGroup(NamedTuple):
    """Validation prompts of one user, who share a history, with their right answers."""

    prompts: tuple[str, ...]
    liked: tuple[bool, ...]


class TuningData(lightning.LightningDataModule):
    """Training examples and validation groups."""

    def __init__(
        self,
        examples: Sequence[TokenisedExample],
        groups: Sequence[PromptGroup],
        *,
        batch_size: int,
        seed: int,
        with_answers: bool,
    ) -> None:
        """Store the data.

        Args:
            examples: to train on.
            groups: to choose the best epoch by; may be empty.
            batch_size: examples a step.
            seed: of the order.
            with_answers: whether batches hold the answers' tokens.
        """
        super().__init__()
        self.examples = tuple(examples)
        self.groups = tuple(groups)
        self.validate = bool(groups)
        self._batch_size, self._seed, self._with_answers = batch_size, seed, with_answers

    def train_dataloader(self) -> EpochLoader[Batch]:
        """Return this process's batches of an epoch."""
        return EpochLoader(self._batch, EpochOrder(len(self.examples), self._batch_size, self._seed, share_of(self)))

    def _batch(self, places: Sequence[int]) -> Batch:
        return collate([self.examples[place] for place in places], with_answers=self._with_answers)

    def val_dataloader(self) -> DataLoader[tuple[PromptGroup, ...]]:
        """Return all groups as one batch: what all prompts share then runs once."""
        return DataLoader([self.groups] if self.groups else [], batch_size=None)  # type: ignore[arg-type]  # a list is a data set
