"""Running a training to its end, also after a kill: checkpoints in a scratch folder, then the best or last weights."""

import logging
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, RichProgressBar

from explainrec_models.errors import DataError
from explainrec_models.training.checkpoint_io import SafetensorsCheckpointIO
from explainrec_models.training.machine import Machine
from explainrec_models.training.resuming import ResumableModule, load_trained

_LOG = logging.getLogger(__name__)


class Validated(Protocol):
    """What a Lightning data module offers beside its loaders.

    Attributes:
        validate: whether there is anything to validate on.
    """

    validate: bool


@dataclass(frozen=True)
class Schedule:
    """How long to train and what to keep.

    Attributes:
        epochs: at most.
        accumulate: batches whose gradients are summed before a step.
        patience: epochs without a better validation score before stopping.
        keep: the epoch of the best validation score, or the last; the last where there is nothing to validate on.
        checkpoint_steps: optimiser steps between checkpoints inside an epoch, beside one at the end of each.
    """

    epochs: int
    accumulate: int = 1
    patience: int = 10
    keep: Literal["best", "last"] = "best"
    checkpoint_steps: int = 50


@dataclass(frozen=True)
class FitReport:
    """What happened; equal whether or not the run was interrupted.

    Attributes:
        epochs: that ran.
        kept_epoch: whose weights the module now holds, counted from 1.
        valid_scores: one an epoch.
    """

    epochs: int
    kept_epoch: int
    valid_scores: tuple[float, ...]


def run(
    module: ResumableModule, data: Validated, schedule: Schedule, machine: Machine, *, folder: Path, fingerprint: str
) -> FitReport:
    """Train, resuming from what an interrupted run of the same fingerprint left behind.

    Args:
        module: holds the kept weights afterwards.
        data: to train and validate on.
        schedule: how long, and what to keep.
        machine: what to train on.
        folder: for checkpoints; it is gone when the run has succeeded.
        fingerprint: of everything the result depends on.
    """
    module.fingerprint = fingerprint
    # Lightning keeps the mode it finds, and evaluation mode would train without dropout.
    module.train()
    keep_best = schedule.keep == "best" and data.validate
    resume = _resumable(folder, fingerprint)
    steps = _checkpoint(folder, "step", every=schedule.checkpoint_steps)
    callbacks: list[Callback] = [_checkpoint(folder, "last"), steps]
    if keep_best:
        callbacks = [_checkpoint(folder, "best", monitor=module.monitor), *callbacks]
    if data.validate:
        callbacks = [_Patience(module.monitor, mode="max", patience=schedule.patience), *callbacks]
    with _quiet():
        trainer = _trainer(schedule, callbacks, machine, validate=data.validate)
        trainer.fit(module, cast("Any", data), ckpt_path=str(resume) if resume else None)
    # Where several processes trained, this one knows what they did by their files alone.
    final = SafetensorsCheckpointIO().load_checkpoint(folder / "last.safetensors")
    kept = SafetensorsCheckpointIO().load_checkpoint(folder / "best.safetensors") if keep_best else final
    load_trained(module, kept["state_dict"])
    module.on_load_checkpoint(final)
    module.eval()
    shutil.rmtree(folder)
    return _report(module, epochs=int(final["epoch"]) + 1, keep_best=keep_best)


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


def _trainer(schedule: Schedule, callbacks: list[Callback], machine: Machine, *, validate: bool) -> lightning.Trainer:
    on_terminal = sys.stderr.isatty()
    return lightning.Trainer(
        accelerator="gpu" if machine.device.type == "cuda" else "cpu",
        devices=machine.devices,
        # Not "ddp", which would start the whole command once more for every device. Not every batch has to do with
        # every weight.
        strategy="ddp_spawn_find_unused_parameters_true" if machine.devices > 1 else "auto",
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


def _report(module: ResumableModule, *, epochs: int, keep_best: bool) -> FitReport:
    scores = tuple(round(score, 6) for score in module.valid_scores)
    return FitReport(epochs, scores.index(max(scores)) + 1 if keep_best else epochs, scores)


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
