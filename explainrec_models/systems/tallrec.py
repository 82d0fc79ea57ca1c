"""TALLRec: "An Effective and Efficient Tuning Framework to Align Large Language Model with Recommendation".

Bao, Zhang, Zhang, Wang, Feng, He, RecSys 2023, arXiv 2305.00447. Implemented: recommendation tuning, that is LoRA on
the query and value projections with the Alpaca prompt over liked and disliked titles, few-shot, best epoch by
validation AUC; the score is the logit of the positive answer word minus that of the negative one. Differs from the
paper: Alpaca tuning is left out (instruction-tuned weights are expected); wording and answer words are chosen on
validation rows before tuning; rows are split by time; ``train_on_inputs: false`` trains the answer only and
``tuned_layers`` the upper layers only. The explanations (leave one history item out of the prompt) are ours.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.downloads import file_digest
from explainrec_models.data.examples import Example, few_shot
from explainrec_models.data.histories import History
from explainrec_models.data.one_label import ONE_ANSWER, refuse_one_label
from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.parts.asking import Asker, Catalogue, Wording, by_history, choose_wording
from explainrec_models.parts.card import Card, QuotedResult
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.padding import padded
from explainrec_models.parts.prompts import ANSWER_PAIRS, FORMS, AnswerPair, Form

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

    from explainrec_models.parts.prefix_scoring import PrefixScorer
    from explainrec_models.training.examples import TokenisedExample

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
    from explainrec_models.parts.adapter import adapted_language_model, add_adapter, merge_adapter
    from explainrec_models.parts.language_model import load_language_model

    model, tokenizer = load_language_model(language_model)
    choice = choose_wording(model, tokenizer, catalogue, valid_examples, forms=config.forms, answers=config.answers)
    adapted = add_adapter(
        model, rank=config.rank, alpha=config.alpha, dropout=config.dropout, layers=config.tuned_layers, seed=seed
    )
    asker = Asker(adapted_language_model(adapted), tokenizer, catalogue, choice.wording)
    session = _Session(adapted, tokenizer, asker, choice.wording, config)
    weights = _weights_digest(language_model)
    fit = _train(session, examples, valid_examples, weights=weights, scratch=scratch, seed=seed)
    merge_adapter(adapted)
    probes = tuple(asker.prompts(example.history, [example.item_id])[0] for example in examples[:PROBES])
    report = {
        "shots": len(examples),
        "liked_share": round(float(np.mean([example.liked for example in examples])), 4),
        "valid_rows": len(valid_examples),
        "wording": choice.wording.label(),
        "zero_shot_valid_auc_scores": dict(choice.auc_scores),
        "wordings_left_out": dict(choice.left_out),
        **fit,
    }
    return Tuned(adapted, tokenizer, choice.wording, probes, report)


@dataclass(frozen=True)
class _Session:
    """What one tuning works with."""

    adapted: "PeftModel"
    tokenizer: "PreTrainedTokenizerBase"
    asker: Asker
    wording: Wording
    config: Config


def _train(
    session: _Session,
    examples: Sequence[Example],
    valid_examples: Sequence[Example],
    *,
    weights: str,
    scratch: Path,
    seed: int,
) -> dict[str, Any]:
    """Run Lightning and return what it reports."""
    from explainrec_models.parts.adapter import adapted_language_model
    from explainrec_models.parts.prefix_scoring import answer_tokens
    from explainrec_models.training.data_module import PromptGroup, TuningData
    from explainrec_models.training.fit import Schedule, run
    from explainrec_models.training.machine import machine_on
    from explainrec_models.training.module import Optimisation, TuningModule

    config, asker = session.config, session.asker
    tokenised = _tokenised(session, examples)
    groups = [
        PromptGroup(asker.prompts(group.history, group.item_ids), group.liked) for group in by_history(valid_examples)
    ]
    # With one label only there is no AUC to choose an epoch by.
    groups = groups if len({liked for group in groups for liked in group.liked}) > 1 else []
    data = TuningData(tokenised, groups, batch_size=config.batch_size, seed=seed, with_answers=config.train_on_inputs)
    model = adapted_language_model(session.adapted)
    machine = machine_on(model.device)
    passes = math.ceil(math.ceil(len(tokenised) / config.batch_size) / machine.devices)
    plan = Optimisation(
        learning_rate=config.learning_rate,
        warmup_steps=config.warmup_steps,
        steps=config.epochs * math.ceil(passes / config.accumulate),
        weight_decay=config.weight_decay,
        train_on_inputs=config.train_on_inputs,
    )
    module = TuningModule(
        session.adapted,
        partial(_first_gaps, asker.scorer),
        answer_tokens(session.tokenizer, session.wording.answers),
        plan,
        seed=seed,
    )
    schedule = Schedule(config.epochs, accumulate=config.accumulate, patience=config.patience)
    fingerprint = _digest(weights, str(model.dtype), repr(config), seed, tokenised, groups, machine)
    report = run(module, data, schedule, machine, folder=scratch / "tuning", fingerprint=fingerprint)
    return {
        "epochs": report.epochs,
        "kept_epoch": report.kept_epoch,
        "valid_auc_scores": list(report.valid_scores),
        "trained_parameters": sum(weight.numel() for weight in session.adapted.parameters() if weight.requires_grad),
    }


def _first_gaps(scorer: "PrefixScorer", groups: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
    """Return the log-odds of the one pair of answers that is asked for, group by group (N)."""
    return [gaps[:, 0] for gaps in scorer.score_groups(groups)]


def _tokenised(session: _Session, examples: Sequence[Example]) -> list["TokenisedExample"]:
    """Return prompts and answers as tokens; an answer is the word, a full stop and the end."""
    from explainrec_models.parts.prefix_scoring import encode
    from explainrec_models.training.examples import TokenisedExample

    texts = [session.asker.prompts(example.history, [example.item_id])[0] for example in examples]
    end = session.tokenizer.eos_token_id
    answers = {
        liked: (*session.tokenizer.encode(f"{word}.", add_special_tokens=False), *([] if end is None else [end]))
        for liked, word in zip((True, False), session.wording.answers, strict=True)
    }
    return [
        TokenisedExample(tuple(tokens), answers[example.liked], example.liked)
        for tokens, example in zip(encode(session.tokenizer, texts), examples, strict=True)
    ]


def _weights_digest(language_model: Path) -> str:
    digests = [file_digest(path) for path in sorted(language_model.glob("*.safetensors"))]
    return " ".join(digests)


def _digest(*parts: object) -> str:
    """Return a hash of everything a training run depends on; a checkpoint of another run must not be resumed."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def valid_examples_of(corpus: Corpus, config: Config, seed: int) -> list[Example]:
    """Draw validation rows of a few users, each behind the user's training rows.

    Users with a past come first: without one there is nothing to tell the wordings apart by.
    """
    users = corpus.valid[schema.USER_ID].unique().sort().to_list()
    generator = np.random.default_rng((seed, 1))
    shuffled = [users[place] for place in generator.permutation(len(users))]
    chosen = sorted(shuffled, key=lambda user: user not in corpus.histories)[: config.valid_users]
    rows = corpus.valid.partition_by(schema.USER_ID, as_dict=True)
    examples = []
    for user in chosen:
        history = corpus.histories.get(user, History(user)).last(config.history_length)
        table = rows[(user,)].select(schema.ITEM_ID, schema.LIKED, schema.TIMESTAMP)
        places = sorted(generator.permutation(table.height)[: config.valid_rows_per_user].tolist())
        examples += [
            Example(history, item, bool(liked), timestamp=moment) for item, liked, moment in table[places].iter_rows()
        ]
    return examples


class System:
    """A language model that answers whether a user will like an item."""

    def __init__(self, tuned: Tuned, catalogue: Catalogue, config: Config) -> None:
        from explainrec_models.parts.adapter import adapted_language_model

        self._tuned = tuned
        self._config = config
        self._asker = Asker(adapted_language_model(tuned.adapted), tuned.tokenizer, catalogue, tuned.wording)

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:
        """Draw few-shot examples of training rows and tune on them.

        Raises:
            MissingArtefactError: the language model is not on disk.
            NothingToLearnError: all training rows have the same label, or none has a history.
            DataError: the language model's weights do not fit its architecture.
        """
        # Tuned on one answer the model would learn to give it always; untuned, it would not be this system.
        refuse_one_label(corpus.train, ONE_ANSWER)
        examples = few_shot(
            corpus.train, config.shots, seed, history_length=config.history_length, context=corpus.context
        )
        valid_examples = valid_examples_of(corpus, config, seed)
        catalogue = Catalogue(corpus.titles, corpus.noun)
        tuned = tune(
            examples, valid_examples, catalogue, config, language_model=language_model, scratch=scratch, seed=seed
        )
        return cls(tuned, catalogue, config)

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return yes-minus-no logits, (B, C) with NaN behind a user's last candidate; 0 is undecided."""
        windows = [history.last(self._config.history_length) for history in histories]
        return padded(self._asker.scores(windows, candidates))

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Leave each item of the window out of the prompt; what the score loses by it is the item's contribution.

        The window is not filled up with older rows, so that the contribution is the item's alone. The prior is the
        score of an empty history. Contributions of items that say the same do not sum to the score. From the first
        explanation on, this system computes in full precision: in bf16 a score's noise is as large as one contribution.
        """
        self._asker.compute_in_full_precision()
        window = history.last(self._config.history_length)
        sources = list(dict.fromkeys(window.item_ids))
        variants = [window, History(history.user_id), *(window.without([source]) for source in sources)]
        scores = np.array(self._asker.scores(variants, [item_ids] * len(variants)))
        return [
            Explanation(
                history.user_id,
                item,
                float(scores[0, place]),
                (
                    Contribution(schema.PRIOR, schema.PRIOR, float(scores[1, place])),
                    *(
                        Contribution(schema.HISTORY, source, float(scores[0, place] - scores[row, place]))
                        for row, source in enumerate(sources, start=2)
                    ),
                ),
                "leave-one-out",
            )
            for place, item in enumerate(item_ids)
        ]

    def save(self, folder: Path) -> None:
        """Write the adapter with its proof, and the settings."""
        from explainrec_models.parts.adapter import save_adapter

        save_adapter(self._tuned.adapted, folder, self._tuned.probes, self._probe_scores)
        content = {
            "config": self._config.model_dump(mode="json"),
            "wording": self._tuned.wording.as_dict(),
            "report": dict(self._tuned.report),
        }
        write_json(folder / SYSTEM_FILE, content)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:
        """Read what ``save`` wrote and check that it scores as it did.

        Raises:
            MissingArtefactError: there is no tuned adapter.
            DataError: the adapter that scores is not the one that was trained.
        """
        from explainrec_models.parts.adapter import ADAPTER_PROOF, adapted_language_model, load_adapter
        from explainrec_models.parts.language_model import load_language_model
        from explainrec_models.parts.prefix_scoring import PrefixScorer

        content = read_json(folder / SYSTEM_FILE, made_by=f"tune@{corpus.key}-tallrec")
        wording = Wording.from_dict(content["wording"])
        model, tokenizer = load_language_model(language_model)

        def score(adapted: "PeftModel", prompts: Sequence[str]) -> NDArray[np.float32]:
            scorer = PrefixScorer(adapted_language_model(adapted), tokenizer, [wording.answers])
            return scorer.score_prompts(prompts)[:, 0]

        adapted = load_adapter(model, folder, score)
        probes = tuple(prompt for prompt, _ in read_json(folder / ADAPTER_PROOF)["probes"])
        tuned = Tuned(adapted, tokenizer, wording, probes, content["report"])
        return cls(tuned, Catalogue(corpus.titles, corpus.noun), Config.model_validate(content["config"]))

    def report(self) -> Mapping[str, Any]:
        """Return the wording's and the epochs' validation scores."""
        return self._tuned.report

    def _probe_scores(self, _adapted: "PeftModel", prompts: Sequence[str]) -> NDArray[np.float32]:
        return self._asker.scorer.score_prompts(prompts)[:, 0]
