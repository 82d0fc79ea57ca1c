"""Tuning the soft-token model: recommendation, transfer and attribution at once, balanced by their uncertainty.

Tasks: the answer where everything is known; the answer where item, person or picture are not (transfer); what leaving a
row of the history out does (attribution). Each loss L of task k enters as exp(-s_k) L + s_k with learned s_k
("Multi-task learning using uncertainty to weigh losses", Kendall, Gal and Cipolla, CVPR 2018, arXiv 1705.07115);
``balance="fixed"`` adds them up instead.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import nn
from torch.nn import functional

from explainrec_models.evaluation.pointwise import auc_score, uauc_score
from explainrec_models.parts.evidence import EvidenceTable
from explainrec_models.parts.leaving_out import attribution_targets
from explainrec_models.parts.sessions import Session
from explainrec_models.parts.soft_tokens import Pack, SoftTokenModel, pack
from explainrec_models.training.examples import mixed_seed

VALID_UAUC = "valid_uauc_score"
ASKED_A_STEP = 4
TINY = 1e-6
FEWEST_RANKED = 3
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
    balance: Literal["uncertainty", "fixed"] = "uncertainty"


class SessionTuning(lightning.LightningModule):
    """A soft-token model with its losses, optimiser and validation."""

    def __init__(
        self,
        model: SoftTokenModel,
        optimisation: SessionOptimisation,
        asked: tuple[Sequence[EvidenceTable], Sequence[Session]],
        *,
        seed: int,
    ) -> None:
        """Wire the parts.

        Args:
            model: to tune.
            optimisation: how.
            asked: questions whose rows are left out in turn, and what counts their features.
            seed: of dropout.
        """
        super().__init__()
        self._tables, self._asked = asked
        self._targets: list[torch.Tensor] = []
        self._targets_epoch = -1
        self.agreements: list[float] = []
        self.model = model
        self.log_scales = nn.Parameter(torch.zeros(len(TASKS)))
        self._optimisation, self._seed = optimisation, seed
        self.fingerprint = ""
        self.monitor = VALID_UAUC
        self.valid_scores: list[float] = []
        self.valid_auc_scores: list[float] = []
        self._rows: list[tuple[int, float, float]] = []
        self._users = 0
        self.strict_loading = False

    @property
    def adapted(self) -> nn.Module:
        """The network whose mode decides on dropout."""
        return self.model

    def training_step(self, batch: Pack, batch_index: int) -> torch.Tensor:
        """Return the balanced loss of a sequence."""
        losses = self.losses(batch, batch_index)
        if self._optimisation.balance == "fixed":
            total = torch.stack(list(losses.values())).sum()
        else:
            scales = dict(zip(TASKS, self.log_scales, strict=True))
            total = torch.stack([torch.exp(-scales[name]) * loss + scales[name] for name, loss in losses.items()]).sum()
        self.log("train_loss", total.detach(), prog_bar=True, batch_size=len(batch.liked))
        return total

    def losses(self, batch: Pack, batch_index: int) -> dict[str, torch.Tensor]:
        """Return the mean loss of each task that the sequence has questions for."""
        reading = self.model(batch)
        each = functional.binary_cross_entropy_with_logits(reading.margins, batch.liked, reduction="none")
        dropped = batch.drops.any(dim=1)
        parts = {"recommendation": each[~dropped], "transfer": each[dropped]}
        losses = {name: part.mean() for name, part in parts.items() if len(part)}
        if self._targets:
            losses["attribution"] = self._attribution_loss(batch_index)
        return losses

    def _attribution_loss(self, batch_index: int) -> torch.Tensor:
        """Return the squared error of the second head, in units of the targets' spread, on a few questions."""
        start = batch_index * ASKED_A_STEP % len(self._asked)
        places = [(start + offset) % len(self._asked) for offset in range(min(ASKED_A_STEP, len(self._asked)))]
        pulls = self._pulls([self._asked[place] for place in places])
        targets = [self._targets[place].to(pull.device) for place, pull in zip(places, pulls, strict=True)]
        spread = torch.cat(self._targets).std() + TINY
        return (
            torch.cat([(pull - target) / spread for pull, target in zip(pulls, targets, strict=True)]).square().mean()
        )

    def _pulls(self, sessions: Sequence[Session]) -> list[torch.Tensor]:
        """Return what the second head says of each session's rows (H); one question a session."""
        reading = self.model(pack(sessions))
        counts = [len(session.past.items) for session in sessions]
        return [part[row] for row, part in enumerate(torch.split(reading.pulls, counts, dim=1))]

    def on_train_epoch_start(self) -> None:
        """Leave rows out of the model as it now is; in the first epoch the linear model's own split is the target."""
        if not self._asked or self._targets_epoch == self.current_epoch:
            return
        self._targets_epoch = self.current_epoch
        if self.current_epoch == 0:
            self._targets = [torch.zeros(len(session.past.items)) for session in self._asked]
            return
        self.model.eval()
        found = attribution_targets(self.model, self._tables, self._asked)
        with torch.inference_mode():
            said = [pull.cpu().numpy() for pull in self._pulls(self._asked)]
        self.model.train()
        self.agreements.append(rank_agreement(found, said))
        self._targets = [torch.from_numpy(target) for target in found]

    def on_train_batch_start(self, _batch: Pack, batch_index: int) -> None:
        """Make dropout depend on (seed, epoch, batch) alone, wherever the run was resumed."""
        seed = mixed_seed(self._seed, self.current_epoch, batch_index)
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)

    def validation_step(self, batch: Pack, _batch_index: int) -> None:
        """Score a validation sequence; its sessions are one person each."""
        margins = self.model(batch).margins
        users = (batch.askers + self._users).tolist()
        self._rows += list(zip(users, batch.liked.tolist(), margins.tolist(), strict=True))
        self._users += int(batch.askers.max()) + 1

    def on_validation_epoch_end(self) -> None:
        """Log UAUC and AUC over all validation rows."""
        users, liked, scores = (np.array(column) for column in zip(*self._rows, strict=True))
        value = uauc_score(users, liked, scores)
        # Without a person who both likes and dislikes there is no UAUC: every epoch is then as good as another.
        value = value if np.isfinite(value) else 0.5
        self.valid_scores.append(float(value))
        self.valid_auc_scores.append(float(auc_score(liked, scores)) if 0 < liked.mean() < 1 else 0.5)
        self.log(VALID_UAUC, value, prog_bar=True)
        self._rows, self._users = [], 0

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return AdamW with a linear warm-up and a linear fall; the linear model has a rate of its own."""
        plan = self._optimisation
        wide = list(self.model.wide.parameters())
        scalars = [self.log_scales, self.model.gate]
        own = {id(weight) for weight in (*wide, *scalars)}
        rest = [weight for weight in self.parameters() if weight.requires_grad and id(weight) not in own]
        groups = [
            {"params": rest, "lr": plan.learning_rate, "weight_decay": plan.weight_decay},
            {"params": wide, "lr": plan.wide_learning_rate, "weight_decay": 0.0},
            {"params": scalars, "lr": plan.learning_rate, "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW([group for group in groups if group["params"]])
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate(self, step: int) -> float:
        plan = self._optimisation
        if step < plan.warmup_steps:
            return (step + 1) / (plan.warmup_steps + 1)
        return max(0.0, (plan.steps - step) / max(1, plan.steps - plan.warmup_steps))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what is trained only: the pretrained weights are on disk already."""
        trainable = {name for name, weight in self.named_parameters() if weight.requires_grad}
        state = cast("dict[str, torch.Tensor]", checkpoint["state_dict"])
        checkpoint["state_dict"] = {name: tensor for name, tensor in state.items() if name in trainable}
        checkpoint["fingerprint"] = self.fingerprint
        checkpoint["valid_scores"] = list(self.valid_scores)
        checkpoint["agreements"] = list(self.agreements)
        checkpoint["targets"] = {"epoch": self._targets_epoch, "values": list(self._targets)}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take over the scores of the epochs before, and what this epoch's attribution is tuned on."""
        self.valid_scores = list(checkpoint["valid_scores"])
        self.agreements = list(checkpoint["agreements"])
        self._targets_epoch, self._targets = checkpoint["targets"]["epoch"], list(checkpoint["targets"]["values"])


def rank_agreement(targets: Sequence[NDArray[np.float32]], said: Sequence[NDArray[np.float32]]) -> float:
    """Return the mean rank correlation of what leaving rows out does and what the second head says of it."""
    values = [
        float(spearmanr(target, word).statistic)
        for target, word in zip(targets, said, strict=True)
        if len(target) >= FEWEST_RANKED and np.ptp(target) > 0 and np.ptp(word) > 0
    ]
    return float(np.mean(values)) if values else 0.0
