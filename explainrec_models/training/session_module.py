"""Tuning the soft-token model: recommendation, transfer and attribution at once, balanced by their uncertainty.

Tasks: the answer where everything is known; the answer where item, person or picture are not (transfer); what leaving a
row of the history out does (attribution). Each loss L of task k enters as exp(-s_k) L + s_k with learned s_k
("Multi-task learning using uncertainty to weigh losses", Kendall, Gal and Cipolla, CVPR 2018, arXiv 1705.07115);
``balance="pcgrad"`` takes out of the gradients what conflicts instead, ``balance="fixed"`` adds the losses up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from explainrec_models.training.gradient_surgery import surgery_loss
from explainrec_models.training.resuming import ResumableModule, seed_draws, with_schedule

VALID_UAUC = "valid_uauc_score"
ASKED_A_STEP = 4
LEAST_SPREAD = 0.1
"""Log-odds; what leaving a row out does may vary less, and is then learned in this unit."""
TASKS = ("recommendation", "transfer", "attribution")


@dataclass(frozen=True)
class SessionOptimisation:
    """How the model is tuned.

    Attributes:
        learning_rate: of adapter, projectors and heads.
        wide_learning_rate: of the linear model, which starts solved.
        weight_decay: of everything but the linear model.
        warmup_steps: optimiser steps of rising rate.
        steps: optimiser steps of the whole run.
        balance: of the tasks.
    """

    learning_rate: float
    wide_learning_rate: float
    weight_decay: float
    warmup_steps: int
    steps: int
    balance: Literal["uncertainty", "pcgrad", "fixed"] = "uncertainty"


class Sequence(Protocol):
    """The part of a packed sequence that tuning reads.

    Attributes:
        liked: right answers (C).
        askers: person of each question (C).
        drops: whether something known was taken away, by kind (C, 3).
    """

    liked: torch.Tensor
    askers: torch.Tensor
    drops: torch.Tensor


class LeftOut(Protocol):
    """Questions whose rows are left out in turn. ``Q`` of them."""

    def __len__(self) -> int:
        """Count the questions."""
        ...

    def targets(self) -> list[NDArray[np.float32]]:
        """Return what leaving out each row of each question does to the model as it is (Q of (H))."""
        ...

    def said(self, places: list[int]) -> list[torch.Tensor]:
        """Return what the model's second head says of it, for some of the questions."""
        ...

    def nothing(self) -> list[NDArray[np.float32]]:
        """Return targets of zero: the linear model's own split is right."""
        ...

    def agreement(self, targets: list[NDArray[np.float32]], said: list[NDArray[np.float32]]) -> float:
        """Return how well the two rank rows alike."""
        ...


Judge = Callable[[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]], float]
"""Score of a validation from users, right answers and margins; higher is better."""


class SessionTuning(ResumableModule):
    """A soft-token model with its losses, optimiser and validation."""

    def __init__(
        self,
        model: nn.Module,
        optimisation: SessionOptimisation,
        left_out: LeftOut,
        judge: Judge,
        *,
        seed: int,
    ) -> None:
        """Wire the parts.

        Args:
            model: to tune.
            optimisation: how.
            left_out: questions that the attribution is tuned on.
            judge: chooses the best epoch.
            seed: of dropout.
        """
        super().__init__(VALID_UAUC)
        self._left_out, self._judge = left_out, judge
        self._targets: list[torch.Tensor] = []
        self._targets_epoch = -1
        self.agreements: list[float] = []
        self.model = model
        self.log_scales = nn.Parameter(torch.zeros(len(TASKS)))
        self._optimisation, self._seed = optimisation, seed
        self._rows: list[tuple[int, float, float]] = []
        self._users = 0

    def training_step(self, batch: Sequence, batch_index: int) -> torch.Tensor:
        """Return the balanced loss of a sequence."""
        total = self._balanced(self.losses(batch, self.batch_number(batch_index)))
        self.log("train_loss", total.detach(), prog_bar=True, batch_size=len(batch.liked))
        return total

    def _balanced(self, losses: dict[str, torch.Tensor]) -> torch.Tensor:
        if self._optimisation.balance == "pcgrad":
            return surgery_loss(list(losses.values()), [weight for weight in self.parameters() if weight.requires_grad])
        if self._optimisation.balance == "fixed":
            return torch.stack(list(losses.values())).sum()
        scales = dict(zip(TASKS, self.log_scales, strict=True))
        return torch.stack([torch.exp(-scales[name]) * loss + scales[name] for name, loss in losses.items()]).sum()

    def losses(self, batch: Sequence, number: int) -> dict[str, torch.Tensor]:
        """Return the mean loss of each task that the sequence has questions for."""
        reading = self.model(batch)
        each = functional.binary_cross_entropy_with_logits(reading.margins, batch.liked, reduction="none")
        dropped = batch.drops.any(dim=1)
        parts = {"recommendation": each[~dropped], "transfer": each[dropped]}
        losses = {name: part.mean() for name, part in parts.items() if len(part)}
        if self._targets:
            losses["attribution"] = self._attribution_loss(number)
        return losses

    def _attribution_loss(self, number: int) -> torch.Tensor:
        """Return the squared error of the second head, in units of the targets' spread, on a few questions."""
        count = len(self._left_out)
        start = number * ASKED_A_STEP % count
        places = [(start + offset) % count for offset in range(min(ASKED_A_STEP, count))]
        said = self._left_out.said(places)
        targets = [self._targets[place].to(word.device) for place, word in zip(places, said, strict=True)]
        # Targets of the first epoch are all zero: in units of their own spread the loss would drown every other task.
        spread = torch.cat(self._targets).std().clamp(min=LEAST_SPREAD)
        return torch.cat([(word - target) / spread for word, target in zip(said, targets, strict=True)]).square().mean()

    def on_train_epoch_start(self) -> None:
        """Leave rows out of the model as it now is; in the first epoch the linear model's own split is the target."""
        if not len(self._left_out) or self._targets_epoch == self.current_epoch:
            return
        self._targets_epoch = self.current_epoch
        if self.current_epoch == 0:
            found = self._left_out.nothing()
        else:
            self.model.eval()
            found = self._left_out.targets()
            with torch.inference_mode():
                said = [word.cpu().numpy() for word in self._left_out.said(list(range(len(self._left_out))))]
            self.model.train()
            self.agreements.append(self._left_out.agreement(found, said))
        self._targets = [torch.from_numpy(target) for target in found]

    def on_train_batch_start(self, _batch: Sequence, batch_index: int) -> None:
        """Make dropout depend on (seed, epoch, batch) alone, wherever the run was resumed."""
        seed_draws(self._seed, self.current_epoch, self.batch_number(batch_index))

    def validation_step(self, batch: Sequence, _batch_index: int) -> None:
        """Score a validation sequence; its sessions are one person each."""
        margins = self.model(batch).margins
        users = (batch.askers + self._users).tolist()
        self._rows += list(zip(users, batch.liked.tolist(), margins.tolist(), strict=True))
        self._users += int(batch.askers.max()) + 1

    def on_validation_epoch_end(self) -> None:
        """Log the score over all validation rows."""
        users, liked, scores = (np.array(column) for column in zip(*self._rows, strict=True))
        value = self._judge(users, liked, scores)
        self.valid_scores.append(float(value))
        self.log(VALID_UAUC, value, prog_bar=True)
        self._rows, self._users = [], 0

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return AdamW with a linear warm-up and a linear fall; the linear model has a rate of its own."""
        plan = self._optimisation
        model = cast("Any", self.model)
        wide = list(model.wide.parameters())
        scalars = [self.log_scales, model.gate]
        own = {id(weight) for weight in (*wide, *scalars)}
        rest = [weight for weight in self.parameters() if weight.requires_grad and id(weight) not in own]
        groups = [
            {"params": rest, "lr": plan.learning_rate, "weight_decay": plan.weight_decay},
            {"params": wide, "lr": plan.wide_learning_rate, "weight_decay": 0.0},
            {"params": scalars, "lr": plan.learning_rate, "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW([group for group in groups if group["params"]])
        return with_schedule(optimiser, warmup_steps=plan.warmup_steps, steps=plan.steps)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what this epoch's attribution is tuned on, and how it did before."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["agreements"] = list(self.agreements)
        checkpoint["targets"] = {"epoch": self._targets_epoch, "values": list(self._targets)}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take them over."""
        super().on_load_checkpoint(checkpoint)
        self.agreements = list(checkpoint["agreements"])
        self._targets_epoch, self._targets = checkpoint["targets"]["epoch"], list(checkpoint["targets"]["values"])
