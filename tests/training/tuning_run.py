"""A small tuning run in a process of its own, which kills itself where it is told to.

``python tuning_run.py MODEL SCRATCH OUT [--kill-at-batch N] [--kill-after-save NAME:COUNT] [--epochs E] …``
"""

import argparse
from pathlib import Path
from typing import Any, Literal

import torch
from dying import die, kill_after_save
from safetensors.torch import save_file

from explainrec_models.parts.adapter import adapted_language_model, add_adapter, trainable_tensors
from explainrec_models.parts.language_model import load_language_model
from explainrec_models.parts.prefix_scoring import PrefixScorer, answer_tokens, encode
from explainrec_models.parts.prompts import ANSWER_PAIRS
from explainrec_models.training.data_module import PromptGroup, TuningData
from explainrec_models.training.examples import Batch, TokenisedExample
from explainrec_models.training.fit import FitReport, Schedule, run
from explainrec_models.training.machine import Machine
from explainrec_models.training.module import Optimisation, TuningModule

LIKED = ("Alien", "Heat", "Fargo")
SEED = 7


class MortalModule(TuningModule):
    """Kills the process after a number of batches."""

    kill_at_batch = -1
    batches = 0
    first_loss = 0.0

    def on_train_batch_end(self, outputs: Any, _batch: Batch, _batch_index: int) -> None:
        self.first_loss = self.first_loss or float(outputs["loss"])
        MortalModule.batches += 1
        if MortalModule.batches == MortalModule.kill_at_batch:
            die()


def tune(  # noqa: PLR0913 - what the tests vary
    model_folder: Path,
    scratch: Path,
    *,
    epochs: int = 4,
    accumulate: int = 1,
    patience: int = 10,
    validate: bool = True,
    keep: Literal["best", "last"] = "best",
    train_on_inputs: bool = False,
    learning_rate: float = 0.05,
    fingerprint: str = "tiny",
) -> tuple[MortalModule, FitReport]:
    """Tune a random model on thirteen examples in batches of two."""
    model, tokenizer = load_language_model(model_folder, precision=torch.float32)
    adapted = add_adapter(model, rank=4, alpha=8, dropout=0.2, seed=SEED)
    prompts = [f'Liked movies: "{name}"\nWill the user like "Film {number}"?' for number, name in enumerate(LIKED * 5)]
    likes = [number % 3 == 0 for number in range(len(prompts))]
    tokens = encode(tokenizer, prompts)
    words = {True: encode(tokenizer, ["Yes."])[0], False: encode(tokenizer, ["No."])[0]}
    examples = [
        TokenisedExample(tuple(prompt), tuple(words[liked]), liked)
        for prompt, liked in zip(tokens[:13], likes, strict=False)
    ]
    # Right answers that cannot be learnt: the validation score moves up and down from epoch to epoch.
    noise = [number * number % 7 in {1, 2} for number in range(len(prompts))]
    groups = [PromptGroup(tuple(prompts[:6]), tuple(noise[:6])), PromptGroup(tuple(prompts[6:]), tuple(noise[6:]))]
    data = TuningData(examples, groups if validate else [], batch_size=2, seed=SEED, with_answers=train_on_inputs)
    scorer = PrefixScorer(adapted_language_model(adapted), tokenizer, ANSWER_PAIRS[:1])
    steps = epochs * -(-7 // accumulate)
    module = MortalModule(
        adapted,
        lambda groups: [scores[:, 0] for scores in scorer.score_groups(groups)],
        answer_tokens(tokenizer, ANSWER_PAIRS[0]),
        Optimisation(learning_rate, warmup_steps=2, steps=steps, train_on_inputs=train_on_inputs),
        seed=SEED,
    )
    schedule = Schedule(epochs, accumulate=accumulate, patience=patience, keep=keep, checkpoint_steps=3)
    machine = Machine(torch.device("cpu"))
    return module, run(module, data, schedule, machine, folder=scratch, fingerprint=fingerprint)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kill-at-batch", type=int, default=-1)
    parser.add_argument("--kill-after-save", default="")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--keep", choices=["best", "last"], default="best")
    arguments = parser.parse_args()
    MortalModule.kill_at_batch = arguments.kill_at_batch
    if arguments.kill_after_save:
        name, _, count = arguments.kill_after_save.partition(":")
        kill_after_save(name, int(count))
    module, report = tune(
        arguments.model,
        arguments.scratch,
        epochs=arguments.epochs,
        accumulate=arguments.accumulate,
        patience=arguments.patience,
        keep=arguments.keep,
    )
    facts = {"report": repr(report), "batches": str(MortalModule.batches)}
    save_file(trainable_tensors(module.adapted), arguments.out, metadata=facts)


if __name__ == "__main__":
    main()
