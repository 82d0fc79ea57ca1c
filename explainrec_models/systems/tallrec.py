"""TALLRec: "An Effective and Efficient Tuning Framework to Align Large Language Model with Recommendation".

Bao, Zhang, Zhang, Wang, Feng, He, RecSys 2023, arXiv 2305.00447. Implemented: recommendation tuning, that is LoRA on the
query and value projections with the Alpaca prompt over liked and disliked titles, few-shot, best epoch by validation
AUC; the score is the logit of the positive answer word minus that of the negative one. Differs from the paper: Alpaca
tuning is left out (instruction-tuned weights are expected); wording and answer words are chosen on validation rows before
tuning; windows are cut by time, for each user; ``train_on_inputs: false`` trains the answer only and ``tuned_layers`` the
upper layers only. The explanations (leave one history item out of the prompt) are ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.examples import Example, few_shot
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.parts.asking import Asker, Catalogue, Wording, WordingChoice, by_history, choose_wording
from explainrec_models.parts.card import Card, QuotedResult
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.padding import padded
from explainrec_models.parts.prompts import ANSWER_PAIRS, FORMS, AnswerPair, Form

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

_TABLE = "Table 1, arXiv 2305.00447 (LLaMA-7B)"
CARD = Card(
    title="TALLRec",
    task="pointwise",
    signals=("interactions", "titles"),
    needs_language_model=True,
    explains=True,
    cold_items=True,
    full_ranking=False,
    parts=("prompts", "asking", "prefix_scoring", "adapter", "language_model"),
    quoted=(
        QuotedResult("tallrec-movie, 16 shots", "auc_score", 0.6724, _TABLE),
        QuotedResult("tallrec-movie, 64 shots", "auc_score", 0.6748, _TABLE),
        QuotedResult("tallrec-movie, 256 shots", "auc_score", 0.7198, _TABLE),
        QuotedResult("tallrec-book, 16 shots", "auc_score", 0.5636, _TABLE),
        QuotedResult("tallrec-book, 64 shots", "auc_score", 0.6039, _TABLE),
        QuotedResult("tallrec-book, 256 shots", "auc_score", 0.6438, _TABLE),
    ),
)
SYSTEM_FILE = "system.json"
PROBES = 4


class Config(BaseModel):
    """Settings of TALLRec; where no source is given, the value is the authors' repository's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shots: PositiveInt = 64
    """Training examples; the paper reports 16, 64 and 256."""
    history_length: PositiveInt = 10
    """Rows of the past in a prompt."""
    rank: PositiveInt = 8
    """Of the LoRA matrices."""
    alpha: PositiveFloat = 16
    """LoRA's scale times its rank."""
    dropout: float = Field(0.05, ge=0, lt=1)
    """On LoRA's input."""
    tuned_layers: PositiveInt | None = None
    """Upper layers that carry an adapter; the paper adapts all, fewer train faster."""
    learning_rate: PositiveFloat = 1e-4
    """Of AdamW, after the warm-up."""
    weight_decay: NonNegativeFloat = 0.0
    """Of AdamW."""
    warmup_steps: NonNegativeInt = 20
    """Steps until the full learning rate, which then falls linearly to zero."""
    epochs: PositiveInt = 200
    """At most."""
    batch_size: PositiveInt = 32
    """Examples of one pass."""
    accumulate: PositiveInt = 4
    """Passes of one step: 4 times 32 are the published 128."""
    patience: PositiveInt = 10
    """Epochs without a better validation AUC before stopping."""
    train_on_inputs: bool = True
    """Loss over prompt and answer, as published; false: over the answer only."""
    forms: tuple[Form, ...] = Field(FORMS, min_length=1)
    """Wordings to choose from on validation rows; the paper's is ``alpaca``."""
    answers: tuple[AnswerPair, ...] = Field(ANSWER_PAIRS, min_length=1)
    """Answer words to choose from on validation rows; the paper's are Yes and No."""
    valid_users: PositiveInt = 30
    """Users whose validation rows choose wording and epoch; the paper uses a fixed set of 1,000 rows."""
    valid_rows_per_user: PositiveInt = 8
    """Validation rows of each, at most; they share the cost of the history."""


@dataclass(frozen=True)
class Tuned:
    """A tuned language model, merged, with its tokenizer.

    Attributes:
        probes: prompts whose scores prove later that the same adapter was loaded.
    """

    adapted: "PeftModel"
    tokenizer: "PreTrainedTokenizerBase"
    wording: Wording
    probes: tuple[str, ...]
    report: Mapping[str, Any]


def tune(
    examples: Sequence[Example],
    valid_examples: Sequence[Example],
    catalogue: Catalogue,
    config: Config,
    *,
    language_model: Path,
    scratch: Path,
    seed: int,
) -> Tuned:
    """Choose the wording on validation examples, tune on training examples, keep the best epoch.

    Args:
        examples: to train on.
        valid_examples: to choose by; those of one history are scored together.
        catalogue: titles and noun.
        config: settings.
        language_model: folder of the pretrained model.
        scratch: checkpoints of a killed run lie here; empty after success.
        seed: of the adapter's start, the order of examples and dropout.
    """
    from explainrec_models.parts.adapter import add_adapter, adapted_language_model, merge_adapter
    from explainrec_models.parts.language_model import load_language_model

    model, tokenizer = load_language_model(language_model)
    choice = choose_wording(
        model, tokenizer, catalogue, valid_examples, forms=config.forms, answers=config.answers
    )
    adapted = add_adapter(
        model,
        rank=config.rank,
        alpha=config.alpha,
        dropout=config.dropout,
        layers=config.tuned_layers,
        seed=seed,
    )
    asker = Asker(adapted_language_model(adapted), tokenizer, catalogue, choice.wording)
    fit = _fit_adapter(adapted, tokenizer, asker, choice.wording, examples, valid_examples, config, language_model, scratch, seed)
    merge_adapter(adapted)
    probes = tuple(asker.prompts(example.history, [example.item_id])[0] for example in examples[:PROBES])
    return Tuned(adapted, tokenizer, choice.wording, probes, {**_facts(examples, valid_examples, choice), **fit})
