"""Training of a model of what comes next in a sequence of items, validated by a ranking measure after each epoch."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import nn

from explainrec_models.training.examples import IGNORED
from explainrec_models.training.resuming import ResumableModule, seed_draws, with_schedule
from explainrec_models.training.sequence_data import SequenceBatch

VALID_NDCG = "valid_ndcg_at_10_score"

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Hidden states (N, D) and the items that follow them (N) to a mean loss."""


@dataclass(frozen=True)
class SequenceOptimisation:
    """How the network is trained.

    Attributes:
        learning_rate: of AdamW, after the warm-up.
        warmup_steps: until the full rate, which then falls linearly to zero.
        steps: optimiser steps of the whole run.
        weight_decay: of AdamW, on matrices that are no embeddings.
    """

    learning_rate: float
    warmup_steps: int
    steps: int
    weight_decay: float = 0.0


class SequenceModule(ResumableModule):
    """A network with its loss, optimiser and validation."""

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        measure: Callable[[], float],
        optimisation: SequenceOptimisation,
        *,
        seed: int,
    ) -> None:
        """Wire the parts.

        Args:
            network: tokens (B, T) to hidden states (B, T, D).
            loss: of hidden states that have a target; it reads the network's own item vectors.
            measure: scores this very network on validation rows, higher is better.
            optimisation: how to train.
            seed: of dropout and of sampled items.
        """
        super().__init__(VALID_NDCG)
        self.network = network
        self._loss = loss
        self._measure = measure
        self._optimisation = optimisation
        self._seed = seed

    def training_step(self, batch: SequenceBatch, _batch_index: int) -> torch.Tensor:
        """Return the mean loss over all targets of a batch."""
        asked = batch.targets != IGNORED
        loss = self._loss(self.network(batch.tokens)[asked], batch.targets[asked])
        self.log("train_loss", loss.detach(), prog_bar=True, batch_size=len(batch.tokens))
        return loss

    def on_train_batch_start(self, _batch: SequenceBatch, batch_index: int) -> None:
        """Make every draw depend on (seed, epoch, batch, process) alone, wherever the run was resumed."""
        seed_draws(self._seed, self.current_epoch, batch_index, self.global_rank)

    def validation_step(self, _nothing: int, _batch_index: int) -> None:
        """Measure; every process measures the same rows, so that all stop at the same epoch."""
        score = round(self._measure(), 6)
        self.valid_scores.append(score)
        self.log(VALID_NDCG, score, prog_bar=True, batch_size=1)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return AdamW with a linear warm-up and a linear fall."""
        plan = self._optimisation
        decayed = {f"{name}.weight" for name, part in self.network.named_modules() if isinstance(part, nn.Linear)}
        weights = list(self.network.named_parameters())
        groups = [
            {"params": [w for name, w in weights if name in decayed], "weight_decay": plan.weight_decay},
            {"params": [w for name, w in weights if name not in decayed], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=plan.learning_rate)
        return with_schedule(optimiser, warmup_steps=plan.warmup_steps, steps=plan.steps)
