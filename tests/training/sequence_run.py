"""A small training of a sequence model in a process of its own, which kills itself where it is told to.

``python sequence_run.py SCRATCH OUT [--kill-at-batch N] [--kill-after-save NAME:COUNT] [--epochs E] …``
"""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from dying import die, kill_after_save
from safetensors.torch import save_file

from explainrec_models.parts.next_item_loss import sampled_cross_entropy
from explainrec_models.parts.sasrec import Network, Shape, new_network
from explainrec_models.training.fit import FitReport, Schedule, run
from explainrec_models.training.machine import Machine
from explainrec_models.training.sequence_data import SequenceBatch, SequenceData, windows
from explainrec_models.training.sequence_module import SequenceModule, SequenceOptimisation

SEED = 7
SHAPE = Shape(items=8, history_length=4, embedding_size=8, layers=1, heads=1, expansion=1, dropout=0.3)
CPU = torch.device("cpu")


class MortalModule(SequenceModule):
    """Kills the process after a number of batches."""

    kill_at_batch = -1
    batches = 0
    losses: list[float] = []  # noqa: RUF012 - one list a process

    def on_train_batch_end(self, outputs: Any, _batch: SequenceBatch, _batch_index: int) -> None:
        self.losses.append(float(outputs["loss"]))
        MortalModule.batches += 1
        if MortalModule.batches == MortalModule.kill_at_batch:
            die()


def sequences() -> list[list[int]]:
    """Thirteen people who walk round eight items in steps of one or three."""
    return [[(user + place * (1 + 2 * (user % 2))) % 8 for place in range(3 + user % 6)] for user in range(13)]


def loss(network: Network, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Draw a sample, so that a resumed run must also bring back the random state."""
    return sampled_cross_entropy(hidden, targets, network.item_weights, torch.randperm(SHAPE.items)[:5])


def measure(network: Network, wanted: int) -> float:
    """Return the probability of an item that is learnt or unlearnt by turns."""
    return float(np.exp(network.log_probabilities([[0, 1, 2], [5, 0, 3]])[:, wanted].mean()))


def train(  # noqa: PLR0913 - what the tests vary
    scratch: Path,
    *,
    epochs: int = 4,
    accumulate: int = 1,
    patience: int = 10,
    validate: bool = True,
    learning_rate: float = 0.05,
    wanted: int = 6,
    machine: Machine | None = None,
    fingerprint: str = "tiny",
) -> tuple[MortalModule, FitReport]:
    """Train a small network in batches of two windows, eleven an epoch."""
    network = new_network(SHAPE, seed=SEED)
    examples = [one for sequence in sequences() for one in windows(sequence, length=4, start=network.start)]
    data = SequenceData(examples, batch_size=2, seed=SEED, validate=validate)
    plan = SequenceOptimisation(learning_rate, warmup_steps=2, steps=epochs * -(-11 // accumulate))
    module = MortalModule(network, partial(loss, network), partial(measure, network, wanted), plan, seed=SEED)
    schedule = Schedule(epochs, accumulate=accumulate, patience=patience, checkpoint_steps=3)
    chosen = machine or Machine(CPU)
    return module, run(module, data, schedule, chosen, folder=scratch, fingerprint=fingerprint)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scratch", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kill-at-batch", type=int, default=-1)
    parser.add_argument("--kill-after-save", default="")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--devices", type=int, default=1)
    words = parser.parse_args()
    MortalModule.kill_at_batch = words.kill_at_batch
    if words.kill_after_save:
        name, _, count = words.kill_after_save.partition(":")
        kill_after_save(name, int(count))
    module, report = train(
        words.scratch,
        epochs=words.epochs,
        accumulate=words.accumulate,
        patience=words.patience,
        machine=Machine(CPU, devices=words.devices),
    )
    facts = {"report": repr(report), "batches": str(MortalModule.batches)}
    save_file(dict(module.network.state_dict()), words.out, metadata=facts)


if __name__ == "__main__":
    main()
