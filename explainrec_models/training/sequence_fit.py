"""One training of a sequence model from item sequences to its kept weights."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from explainrec_models.training.fit import FitReport, Schedule, run
from explainrec_models.training.machine import Machine
from explainrec_models.training.sequence_data import SequenceData, Window, windows
from explainrec_models.training.sequence_module import Loss, SequenceModule, SequenceOptimisation


@dataclass(frozen=True)
class SequencePlan:
    """How to train.

    Attributes:
        history_length: items of a window.
        start: token that stands before the first item.
        epochs: at most.
        seed: of order, dropout and sampled items.
        learning_rate: of AdamW, after the warm-up.
        weight_decay: of AdamW, on the matrices of the blocks.
        warmup_steps: until the full learning rate.
        patience: epochs without a better validation score before stopping.
        batch_size: windows of one pass.
        accumulate: passes of one step.
    """

    history_length: int
    start: int
    epochs: int
    seed: int
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    warmup_steps: int = 100
    patience: int = 10
    batch_size: int = 128
    accumulate: int = 1


@dataclass(frozen=True)
class Judge:
    """What chooses the epoch.

    Attributes:
        measure: of the network as it is, higher is better.
        depends_on: what it reads, in words: an interrupted run goes on only where it is the same.
    """

    measure: Callable[[], float]
    depends_on: str


def fit_sequences(
    network: nn.Module,
    sequences: Sequence[Sequence[int]],
    loss: Loss,
    plan: SequencePlan,
    machine: Machine,
    *,
    folder: Path,
    judge: Judge | None = None,
) -> tuple[FitReport, int]:
    """Train in place; return what happened and how many windows there were.

    Args:
        network: tokens (B, T) to hidden states (B, T, D).
        sequences: item places, oldest first.
        loss: of hidden states and the items that follow them.
        plan: how.
        machine: what on.
        folder: for checkpoints to resume from.
        judge: None keeps the last epoch.
    """
    examples = [
        window for sequence in sequences for window in windows(sequence, length=plan.history_length, start=plan.start)
    ]
    batches = math.ceil(math.ceil(len(examples) / plan.batch_size) / machine.devices)
    optimisation = SequenceOptimisation(
        plan.learning_rate,
        plan.warmup_steps,
        steps=plan.epochs * math.ceil(batches / plan.accumulate),
        weight_decay=plan.weight_decay,
    )
    module = SequenceModule(network, loss, judge.measure if judge else _not_asked, optimisation, seed=plan.seed)
    data = SequenceData(examples, batch_size=plan.batch_size, seed=plan.seed, validate=judge is not None)
    schedule = Schedule(plan.epochs, accumulate=plan.accumulate, patience=plan.patience)
    fingerprint = _digest(network, plan, machine, examples, judge.depends_on if judge else "")
    report = run(module, data, schedule, machine, folder=folder, fingerprint=fingerprint)
    network.to(machine.device)
    return report, len(examples)


def _not_asked() -> float:
    raise AssertionError


def _digest(
    network: nn.Module, plan: SequencePlan, machine: Machine, examples: Sequence[Window], depends_on: str
) -> str:
    """Return a hash of everything a training run depends on; a checkpoint of another run must not be resumed."""
    digest = hashlib.sha256(repr((plan, machine, examples)).encode())
    digest.update(depends_on.encode())
    for name, weight in sorted(network.state_dict().items()):
        digest.update(name.encode() + weight.detach().float().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
