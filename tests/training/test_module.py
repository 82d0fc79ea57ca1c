"""The two losses, by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tiny_model import write_tiny_language_model

from explainrec_models.parts.adapter import add_adapter
from explainrec_models.parts.language_model import load_language_model
from explainrec_models.training.data_module import TuningData
from explainrec_models.training.examples import TokenisedExample, collate
from explainrec_models.training.module import Optimisation, TuningModule

YES, NO = 281, 280
EXAMPLES = [
    TokenisedExample(prompt=(5, 6, 7, 8), answer=(YES, 3), liked=True),
    TokenisedExample(prompt=(9, 5), answer=(NO, 3), liked=False),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


def no_scores(_groups: tuple[tuple[str, ...], ...]) -> list[NDArray[np.float32]]:
    return []


def module(model: Path, *, train_on_inputs: bool) -> TuningModule:
    adapted = add_adapter(load_language_model(model, precision=torch.float32)[0], rank=2, alpha=4, dropout=0, seed=1)
    plan = Optimisation(0.1, warmup_steps=2, steps=10, train_on_inputs=train_on_inputs)
    return TuningModule(adapted.eval(), no_scores, (YES, NO), plan, seed=1)


def log_probabilities(tuning: TuningModule, tokens: tuple[int, ...]) -> torch.Tensor:
    logits: torch.Tensor = tuning.adapted(input_ids=torch.tensor([tokens])).logits[0]
    return logits.log_softmax(-1)


def test_the_answer_loss_is_the_cross_entropy_of_the_two_words(model: Path) -> None:
    """Mean over examples of -ln softmax(Yes, No)[right]; shared terms of the full soft-max cancel."""
    tuning = module(model, train_on_inputs=False)
    parts = []
    for example, right in zip(EXAMPLES, (YES, NO), strict=True):
        last = log_probabilities(tuning, example.prompt)[-1]
        parts.append(-(last[right] - torch.logaddexp(last[YES], last[NO])))
    loss = tuning.training_step(collate(EXAMPLES, with_answers=False), 0)
    torch.testing.assert_close(loss, torch.stack(parts).mean(), rtol=0, atol=1e-5)


def test_the_whole_text_loss_reads_every_token_but_the_first(model: Path) -> None:
    """5 targets of the first text and 3 of the second, padding left out: the mean of 8 terms."""
    tuning = module(model, train_on_inputs=True)
    parts = []
    for example in EXAMPLES:
        text = (*example.prompt, *example.answer)
        given = log_probabilities(tuning, text)
        parts += [-given[place - 1, text[place]] for place in range(1, len(text))]
    assert len(parts) == 8
    loss = tuning.training_step(collate(EXAMPLES, with_answers=True), 0)
    torch.testing.assert_close(loss, torch.stack(parts).mean(), rtol=0, atol=1e-5)


def test_only_the_adapter_enters_a_checkpoint(model: Path) -> None:
    tuning = module(model, train_on_inputs=False)
    checkpoint = {"state_dict": tuning.state_dict()}
    tuning.on_save_checkpoint(checkpoint)
    assert checkpoint["state_dict"]
    assert all("lora_" in name for name in checkpoint["state_dict"])


def test_training_data_ends_with_a_smaller_batch() -> None:
    data = TuningData(EXAMPLES * 2 + EXAMPLES[:1], [], batch_size=2, seed=1, with_answers=False)
    assert [len(batch.liked) for batch in data.train_dataloader()] == [2, 2, 1]
    assert list(data.val_dataloader()) == []
