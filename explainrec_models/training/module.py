"""LoRA tuning of a language model that answers Yes or No.

Two losses: over the answer only (ours: binary cross-entropy of the logit gap, the number that is later the score), or
TALLRec's published causal language-model loss over prompt and answer (``train_on_inputs``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from peft import PeftModel
from torch.nn import functional
from torchmetrics.functional.classification import binary_auroc

from explainrec_models.training.data_module import PromptGroup
from explainrec_models.training.examples import IGNORED, Batch
from explainrec_models.training.resuming import ResumableModule, seed_draws, with_schedule

VALID_AUC = "valid_auc_score"

ScoreGroups = Callable[[tuple[tuple[str, ...], ...]], list[np.ndarray[Any, np.dtype[np.float32]]]]
"""Scores of groups of prompts, each (N)."""


@dataclass(frozen=True)
class Optimisation:
    """How the adapter is trained."""

    learning_rate: float
    warmup_steps: int
    steps: int
    """Optimiser steps of the whole run: the rate falls linearly to zero over them."""
    weight_decay: float = 0.0
    train_on_inputs: bool = False


class TuningModule(ResumableModule):
    """An adapted model with its loss, optimiser and validation."""

    def __init__(
        self,
        adapted: PeftModel,
        score_groups: ScoreGroups,
        answers: tuple[int, int],
        optimisation: Optimisation,
        *,
        seed: int,
    ) -> None:
        """Wire the parts.

        Args:
            adapted: the language model with its adapter; only the adapter changes.
            score_groups: scores validation prompts with this very model.
            answers: tokens of the positive and the negative answer.
            optimisation: how to train.
            seed: of dropout.
        """
        super().__init__(VALID_AUC)
        self.adapted = adapted
        self._score_groups = score_groups
        self._answers = answers
        self._optimisation = optimisation
        self._seed = seed
        self._liked: list[bool] = []
        self._scores: list[float] = []

    def training_step(self, batch: Batch, _batch_index: int) -> torch.Tensor:
        """Return the loss of a batch."""
        loss = self._whole_text_loss(batch) if self._optimisation.train_on_inputs else self._answer_loss(batch)
        self.log("train_loss", loss.detach(), prog_bar=True, batch_size=len(batch.liked))
        return loss

    def _answer_loss(self, batch: Batch) -> torch.Tensor:
        """Return -ln p(right answer), p being the softmax over the two answer words, TALLRec's own score."""
        model = cast("Any", self.adapted.get_base_model())
        hidden = model.base_model(input_ids=batch.tokens, use_cache=False).last_hidden_state
        at_answer = hidden[torch.arange(len(batch.last), device=hidden.device), batch.last].float()
        positive, negative = model.get_output_embeddings().weight[list(self._answers)].float()
        return functional.binary_cross_entropy_with_logits(at_answer @ (positive - negative), batch.liked)

    def _whole_text_loss(self, batch: Batch) -> torch.Tensor:
        logits = cast("Any", self.adapted.get_base_model())(input_ids=batch.tokens, use_cache=False).logits[:, :-1]
        return functional.cross_entropy(
            logits.flatten(0, 1).float(), batch.targets[:, 1:].flatten(), ignore_index=IGNORED
        )

    def on_train_batch_start(self, _batch: Batch, batch_index: int) -> None:
        """Make dropout depend on (seed, epoch, batch) alone, wherever the run was resumed."""
        seed_draws(self._seed, self.current_epoch, self.batch_number(batch_index))

    def validation_step(self, groups: tuple[PromptGroup, ...], _batch_index: int) -> None:
        """Score the validation prompts."""
        scores = self._score_groups(tuple(group.prompts for group in groups))
        self._scores += [float(score) for group in scores for score in group]
        self._liked += [liked for group in groups for liked in group.liked]

    def on_validation_epoch_end(self) -> None:
        """Log the AUC over all validation prompts."""
        auc = binary_auroc(torch.tensor(self._scores), torch.tensor(self._liked, dtype=torch.long))
        self.valid_scores.append(float(auc))
        self.log(VALID_AUC, auc, prog_bar=True)
        self._scores, self._liked = [], []

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return AdamW with a linear warm-up and a linear fall, as the Hugging Face trainer that TALLRec used."""
        plan = self._optimisation
        optimiser = torch.optim.AdamW(
            [weight for weight in self.parameters() if weight.requires_grad],
            lr=plan.learning_rate,
            weight_decay=plan.weight_decay,
        )
        return with_schedule(optimiser, warmup_steps=plan.warmup_steps, steps=plan.steps)
