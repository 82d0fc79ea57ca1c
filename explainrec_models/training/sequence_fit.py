"""Running the training of a sequence model to its end, also after a kill, on whatever devices the machine gives it."""

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, RichProgressBar

from explainrec_models.errors import DataError, ParamsError
from explainrec_models.training.checkpoint_io import SafetensorsCheckpointIO
from explainrec_models.training.sequence_data import SequenceData
from explainrec_models.training.sequence_module import VALID_NDCG, SequenceModule

DEVICES_VARIABLE = "EXPLAINREC_DEVICES"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SequenceSchedule:
    """How long to train.

    Attributes:
        epochs: at most.
        accumulate: batches whose gradients are summed before a step.
        patience: epochs without a better validation score before stopping; the best epoch's weights are kept.
        checkpoint_steps: optimiser steps between checkpoints inside an epoch, beside one at the end of each.
    """

    epochs: int
    accumulate: int = 1
    patience: int = 10
    checkpoint_steps: int = 50


@dataclass(frozen=True)
class Machine:
    """What to train on; no choice of the experiment.

    Attributes:
        device: kind of device.
        precision: of matrix products; weights stay in full precision.
        devices: how many of them.
    """

    device: torch.device
    precision: torch.dtype = torch.float32
    devices: int = 1


@dataclass(frozen=True)
class SequenceReport:
    """What happened; equal whether or not the run was interrupted.

    Attributes:
        epochs: that ran.
        kept_epoch: whose weights the module now holds, counted from 1.
        valid_scores: one an epoch.
    """

    epochs: int
    kept_epoch: int
    valid_scores: tuple[float, ...]


def machine_devices() -> int:
    """Return how many devices ``EXPLAINREC_DEVICES`` gives to one training; unset or empty is 1.

    Raises:
        ParamsError: the value is not a positive number.
    """
    wish = os.environ.get(DEVICES_VARIABLE, "") or "1"
    if not wish.isdecimal() or int(wish) < 1:
        message = f"{DEVICES_VARIABLE}={wish!r}: expected a positive number of devices."
        raise ParamsError(message)
    return int(wish)


def run_sequences(
    module: SequenceModule,
    data: SequenceData,
    schedule: SequenceSchedule,
    machine: Machine,
    *,
    folder: Path,
    fingerprint: str,
) -> SequenceReport:
    """Train, resuming from what an interrupted run of the same fingerprint left behind.

    Args:
        module: holds the weights of the best epoch afterwards, or of the last where nothing is validated.
        data: to train on.
        schedule: how long.
        machine: what to train on.
        folder: for checkpoints; it is gone when the run has succeeded.
        fingerprint: of everything the result depends on.
    """
    module.fingerprint = fingerprint
    module.train()
    resume = _resumable(folder, fingerprint)
    callbacks: list[Callback] = [
        _checkpoint(folder, "last"),
        _checkpoint(folder, "step", every=schedule.checkpoint_steps),
    ]
    if data.validate:
        patience = _Patience(VALID_NDCG, mode="max", patience=schedule.patience)
        callbacks = [patience, _checkpoint(folder, "best", monitor=VALID_NDCG), *callbacks]
    with _quiet():
        trainer = _trainer(schedule, callbacks, machine, validate=data.validate)
        trainer.fit(module, data, ckpt_path=str(resume) if resume else None)
    # Where several processes trained, this one knows what they did by their files alone.
    final = SafetensorsCheckpointIO().load_checkpoint(folder / "last.safetensors")
    kept = SafetensorsCheckpointIO().load_checkpoint(folder / "best.safetensors") if data.validate else final
    module.load_state_dict(kept["state_dict"])
    module.valid_scores = list(final["valid_scores"])
    module.eval()
    shutil.rmtree(folder)
    scores = tuple(module.valid_scores)
    epochs = int(final["epoch"]) + 1
    return SequenceReport(epochs, scores.index(max(scores)) + 1 if scores else epochs, scores)


class _Patience(EarlyStopping):
    """Early stopping that stays stopped when the run is killed between its last step and its end."""

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:  # noqa: ARG002
        trainer.should_stop = trainer.should_stop or self.stopped_epoch > 0


def _checkpoint(folder: Path, name: str, *, monitor: str | None = None, every: int | None = None) -> ModelCheckpoint:
    callback = ModelCheckpoint(
        dirpath=folder,
        filename=name,
        monitor=monitor,
        mode="max",
        every_n_train_steps=every,
        save_on_train_epoch_end=None if every else True,
        enable_version_counter=False,
    )
    callback.FILE_EXTENSION = ".safetensors"
    return callback


def _resumable(folder: Path, fingerprint: str) -> Path | None:
    """Return the newest checkpoint of the same run; delete what another run left."""
    found: list[tuple[int, bool, Path]] = []
    for path in (folder / "last.safetensors", folder / "step.safetensors"):
        if not path.exists():
            continue
        try:
            checkpoint = SafetensorsCheckpointIO().load_checkpoint(path)
        except DataError as error:
            _LOG.warning("%s", error)
            continue
        if checkpoint.get("fingerprint") == fingerprint:
            # At equal steps the checkpoint of the epoch's end knows more: validation has run.
            found.append((int(checkpoint["global_step"]), path.stem == "last", path))
    if not found:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    step, _, path = max(found)
    _LOG.info("resuming from %s, step %d", path, step)
    return path


def _trainer(
    schedule: SequenceSchedule, callbacks: list[Callback], machine: Machine, *, validate: bool
) -> lightning.Trainer:
    on_terminal = sys.stderr.isatty()
    return lightning.Trainer(
        accelerator="gpu" if machine.device.type == "cuda" else "cpu",
        devices=machine.devices,
        # Not "ddp", which would start the whole command once more for every device.
        strategy="ddp_spawn" if machine.devices > 1 else "auto",
        precision="bf16-mixed" if machine.precision == torch.bfloat16 else "32-true",
        max_epochs=schedule.epochs,
        accumulate_grad_batches=schedule.accumulate,
        callbacks=[*callbacks, *([RichProgressBar(leave=False)] if on_terminal else [])],
        plugins=[SafetensorsCheckpointIO()],
        logger=False,
        enable_progress_bar=on_terminal,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=None if validate else 0,
        use_distributed_sampler=False,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's advice about machines and loaders that are as they are on purpose."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
