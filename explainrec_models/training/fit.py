"""Running a tuning to its end, also after a kill: checkpoints in a scratch folder, then the best or last weights."""

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

_LOG = logging.getLogger(__name__)


class Tunable(Protocol):
    """What a Lightning module offers beside its steps.

    Attributes:
        fingerprint: what a checkpoint must have been written for to be resumed from.
        monitor: name of the validation score that decides on the best epoch, higher is better.
        valid_scores: one an epoch.
    """

    fingerprint: str
    monitor: str
    valid_scores: list[float]


class Validated(Protocol):
    """What a Lightning data module offers beside its loaders."""

    groups: tuple[Any, ...]
    """Validation data; empty where there is none."""


@dataclass(frozen=True)
class Schedule:
    """How long to train and what to keep.

    Attributes:
        epochs: at most.
        accumulate: batches whose gradients are summed before a step.
        patience: epochs without a better validation AUC before stopping.
        keep: the epoch of the best validation AUC, or the last; the last where there are no validation rows.
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
        valid_auc_scores: one an epoch.
    """

    epochs: int
    kept_epoch: int
    valid_auc_scores: tuple[float, ...]


def run(
    module: Tunable, data: Validated, schedule: Schedule, *, folder: Path, fingerprint: str, device: torch.device
) -> FitReport:
    """Train, resuming from what an interrupted run of the same fingerprint left behind.

    Args:
        module: holds the kept weights afterwards.
        data: to train and validate on.
        schedule: how long, and what to keep.
        folder: for checkpoints; it is gone when the run has succeeded.
        fingerprint: of everything the result depends on.
        device: to train on.
    """
    module.fingerprint = fingerprint
    # Lightning keeps the mode it finds, and evaluation mode would train without dropout.
    network = cast("lightning.LightningModule", module)
    network.train()
    keep_best = schedule.keep == "best" and bool(data.groups)
    resume = _resumable(folder, fingerprint)
    best = _checkpoint(folder, "best", monitor=module.monitor) if keep_best else None
    last = _checkpoint(folder, "last")
    callbacks = [best] if best else []
    callbacks += [last, _checkpoint(folder, "step", every=schedule.checkpoint_steps)]
    stopping = [_Patience(module.monitor, mode="max", patience=schedule.patience)] if data.groups else []
    with _quiet():
        trainer = _trainer(schedule, [*stopping, *callbacks], device, validate=bool(data.groups))
        trainer.fit(network, cast("Any", data), ckpt_path=str(resume) if resume else None)
    report = _report(module, best, epochs=trainer.current_epoch)
    if best:
        _load_weights(module, Path(best.best_model_path))
    network.eval()
    shutil.rmtree(folder)
    return report


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
    found: list[tuple[int, int, Path]] = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            checkpoint = SafetensorsCheckpointIO().load_checkpoint(path)
        except DataError as error:
            _LOG.warning("%s", error)
            continue
        if checkpoint.get("fingerprint") == fingerprint:
            # At equal steps the checkpoint of the epoch's end knows more: validation has run.
            found.append((int(checkpoint["global_step"]), int(path.stem == "last"), path))
    resumable = [candidate for candidate in found if candidate[2].stem != "best"]
    if not resumable:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    step, _, path = max(resumable)
    _LOG.info("resuming from %s, step %d", path, step)
    return path


def _trainer(
    schedule: Schedule, callbacks: list[Callback], device: torch.device, *, validate: bool
) -> lightning.Trainer:
    on_terminal = sys.stderr.isatty()
    return lightning.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=1,
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


def _report(module: Tunable, best: ModelCheckpoint | None, *, epochs: int) -> FitReport:
    scores = tuple(round(score, 6) for score in module.valid_scores)
    kept = scores.index(max(scores)) + 1 if best else epochs
    return FitReport(epochs, kept, scores)


def _load_weights(module: Tunable, path: Path) -> None:
    network = cast("lightning.LightningModule", module)
    state = SafetensorsCheckpointIO().load_checkpoint(path)["state_dict"]
    outcome = network.load_state_dict(state, strict=False)
    trainable = {name for name, weight in network.named_parameters() if weight.requires_grad}
    assert not outcome.unexpected_keys, outcome.unexpected_keys
    assert not trainable & set(outcome.missing_keys), "the best checkpoint holds every trainable tensor"


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
