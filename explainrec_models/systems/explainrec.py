"""ExplainRec: a language model that recommends, says why by what would change its mind, and knows strangers by content.

After "ExplainRec: Towards Explainable Multi-Modal Zero-Shot Recommendation with Preference Attribution and Large
Language Models" (arXiv 2511.14770), of which only the abstract is known here: its four contributions are named below,
each technique is our choice, and nothing of it is verified against the paper.

1. Preference attribution: the margin is a linear model of countable evidence plus the gap of a LoRA-tuned language
   model. The shares of history items and attributes are Shapley values of the counts, which are counted anew for every
   set (``parts/shapley_shares.py``); an item's share has besides what the language model's part loses without it, left
   out exactly in the pass that scores (``parts/leaving_out.py``); the prior takes the rest, so that all sums to the
   score. A second head is tuned to say the same without leaving anything out (an amortised explainer, as FastSHAP,
   arXiv 2107.07436, and L2X are) and its agreement is reported. What the system says in words is decoded
   under a grammar whose citations are true (``parts/constrained_sentence.py``).
2. Zero-shot transfer: no ids; items are attributes, words, pictures and, where rated, taste, audience and effects; a
   knowledge base of kinds of people (``parts/prototypes.py``) says what those whom a stranger resembles like in
   content; in training items, people and pictures pass as unknown at random (DropoutNet, Volkovs et al., NeurIPS 2017).
3. Multi-modal: projectors turn an item into a soft token for history and candidate (``parts/soft_tokens.py``);
   clusters of pictures are attributes, so that a visual taste is counted and has a name (``parts/looks.py``).
4. Multi-task: recommendation, transfer and attribution are learned together, balanced by uncertainty (arXiv
   1705.07115) or by PCGrad (arXiv 2001.06782).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.new_item import NewItem
from explainrec_models.data.one_label import ONE_ANSWER, refuse_one_label
from explainrec_models.parts.card import Card
from explainrec_models.parts.catalogue_fit import Counted
from explainrec_models.parts.evidence import FEATURES
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.padding import padded
from explainrec_models.parts.session_settings import SessionSettings
from explainrec_models.parts.sessions import past_of, places_of
from explainrec_models.parts.wording import reason

if TYPE_CHECKING:
    from explainrec_models.parts.attribution_head import LeftOutQuestions
    from explainrec_models.parts.catalogue_fit import Tastes
    from explainrec_models.parts.constrained_sentence import SentenceWriter
    from explainrec_models.parts.item_effects import Ratings
    from explainrec_models.parts.matrices import Matrix
    from explainrec_models.parts.sasrec import Network
    from explainrec_models.parts.session_fit import Material
    from explainrec_models.parts.soft_tokens import SoftTokenModel

CARD = Card(
    title="ExplainRec",
    task="pointwise",
    signals=("interactions", "titles", "attributes", "text", "images"),
    needs_language_model=True,
    explains=True,
    cold_items=True,
    full_ranking=False,
    parts=(
        "item_effects",
        "item_space",
        "looks",
        "prototypes",
        "evidence",
        "history_parts",
        "monotone_logistic",
        "linear_evidence",
        "sessions",
        "soft_tokens",
        "leaving_out",
        "shapley_shares",
        "adapter",
        "constrained_sentence",
    ),
)


class Config(SessionSettings):
    """Settings of ExplainRec beside those of what is counted; all are ours, since the paper's are not known."""

    layers: int | None = 4
    """Lowest layers of the language model that are used; None for all. Soft tokens need few, and a layer costs."""
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.05
    learning_rate: float = 3e-4
    wide_learning_rate: float = 1e-4
    weight_decay: float = 0.1
    warmup_steps: int = 20
    epochs: int = 3
    patience: int = 2
    """Epochs without a better validation UAUC before stopping."""
    accumulate: int = 1
    balance: Literal["uncertainty", "pcgrad", "fixed"] = "uncertainty"
    """How the tasks' losses are added up."""
    collaborative: Literal["factors", "sasrec"] = "factors"
    """What an item's collaborative vector is: matrix factors, or its embedding in a ``sasrec`` of the same rows."""
    sequence_epochs: PositiveInt = 10
    """Of that ``sasrec``."""
    language_model: bool = True
    """False leaves the linear model of countable evidence alone, for the ablation."""


def fit(
    corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int
) -> "tuple[Counted, SoftTokenModel, dict[str, Any]]":
    """Return what is counted, the tuned model and facts about the fit."""
    from explainrec_models.parts.attribution_head import LeftOutQuestions, tune_attribution
    from explainrec_models.parts.session_fit import attribution_questions, calibrate, prepared_material, solve_linear
    from explainrec_models.parts.soft_files import build_model

    material = prepared_material(corpus, config, seed, _sequence_tastes(config, scratch / "tastes", seed))
    model = build_model(
        material.counted,
        config.model_dump(mode="json"),
        language_model=language_model,
        noun=corpus.noun,
        seed=seed,
        without_folds=material.without_folds,
    )
    facts: dict[str, Any] = solve_linear(model, material, config, seed)
    left_out = LeftOutQuestions(model, *attribution_questions(material, config, seed))
    facts["training_questions"] = int(sum(len(session.candidates) for session in material.sessions))
    if config.language_model:
        fingerprint = _fingerprint(corpus, config, seed)
        facts |= tune(model, material, left_out, config, fingerprint=fingerprint, scratch=scratch, seed=seed)
    else:
        model.close_gate()
    model.eval()
    facts |= calibrate(model, material.valid)
    if not model.silent:
        facts["head_agreement"] = tune_attribution(model, left_out)
    facts["kinds_of_people"] = [
        {"share": round(share, 4), "like": best, "dislike": worst}
        for share, best, worst in material.counted.prototypes.profiles(material.counted.space.vocabulary)
    ]
    facts["trainable_parameters"] = trainable_parameters(model) if config.language_model else len(FEATURES) + 1
    model.forget_folds()
    return material.counted, model, facts


def trainable_parameters(model: "SoftTokenModel") -> int:
    """Return how many weights tuning may change."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def _sequence_tastes(config: Config, scratch: Path, seed: int) -> "Tastes | None":
    """Return what trains ``sasrec`` on some rows and gives its item vectors; None where they are not wanted."""
    if config.collaborative != "sasrec":
        return None
    from explainrec_models.parts.language_model import limit_threads, machine_device, machine_precision
    from explainrec_models.parts.sequence_taste import HISTORY_LENGTH, sequence_vectors
    from explainrec_models.training.machine import machine_on
    from explainrec_models.training.sequence_fit import SequencePlan, fit_sequences

    limit_threads()
    device = machine_device()
    machine = machine_on(device, machine_precision(device))

    def train(network: "Network", sequences: Sequence[Sequence[int]]) -> None:
        plan = SequencePlan(HISTORY_LENGTH, network.start, epochs=config.sequence_epochs, seed=seed)
        fit_sequences(network, sequences, partial(network.next_item_loss, sampled=0), plan, machine, folder=scratch)

    def tastes(rows: "Ratings", shape: tuple[int, int]) -> "Matrix":
        return sequence_vectors(rows, shape, config.taste_components, train, seed=seed)

    return tastes


def tune(
    model: "SoftTokenModel",
    material: "Material",
    left_out: "LeftOutQuestions",
    config: Config,
    *,
    fingerprint: str,
    scratch: Path,
    seed: int,
) -> dict[str, Any]:
    """Tune with Lightning; return how it went.

    Args:
        model: changed in place.
        material: sessions to tune and to judge on.
        left_out: questions to tune the attribution on.
        config: settings.
        fingerprint: of everything that the result depends on.
        scratch: folder for checkpoints to resume from.
        seed: of order, drops and dropout.
    """
    from explainrec_models.parts.language_model import machine_precision
    from explainrec_models.parts.session_fit import TrainingPacks, valid_packs
    from explainrec_models.training.fit import Schedule, run
    from explainrec_models.training.machine import machine_on
    from explainrec_models.training.session_data import SessionData
    from explainrec_models.training.session_module import SessionOptimisation, SessionTuning

    machine = machine_on(model.gate.device, machine_precision(model.gate.device))
    make = TrainingPacks.of(material, config, seed)
    data = SessionData(make, len(make), valid_packs(material, config.sequence_tokens), seed=seed)
    passes = -(-len(make) // machine.devices)
    optimisation = SessionOptimisation(
        learning_rate=config.learning_rate,
        wide_learning_rate=config.wide_learning_rate,
        weight_decay=config.weight_decay,
        warmup_steps=config.warmup_steps,
        steps=config.epochs * -(-passes // config.accumulate),
        balance=config.balance,
    )
    module = SessionTuning(model, optimisation, left_out, _valid_score, seed=seed)
    schedule = Schedule(config.epochs, config.accumulate, config.patience)
    report = run(module, data, schedule, machine, folder=scratch, fingerprint=f"{fingerprint} {machine}")
    return {
        "epochs": report.epochs,
        "kept_epoch": report.kept_epoch,
        "steps": optimisation.steps,
        "valid_uauc_scores": list(report.valid_scores),
        "gate": round(model.gate.item(), 6),
        "attribution_agreement": [round(value, 6) for value in module.agreements],
        "task_scales": [round(value, 6) for value in module.log_scales.tolist()],
    }


def _valid_score(users: NDArray[np.int64], liked: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    from explainrec_models.evaluation.pointwise import uauc_score

    value = uauc_score(users, liked, scores)
    # Without a person who both likes and dislikes there is no UAUC: every epoch is then as good as another.
    return value if np.isfinite(value) else 0.5


def _fingerprint(corpus: Corpus, config: Config, seed: int) -> str:
    """Name everything that a tuning depends on."""
    digest = hashlib.sha256(json.dumps([config.model_dump(mode="json"), seed], sort_keys=True).encode())
    for table in (corpus.train, corpus.valid, corpus.items, corpus.context):
        digest.update(table.hash_rows(seed=0).to_numpy().tobytes() if table.height else b"")
    for vectors, present in corpus.embeddings.values():
        digest.update(vectors.tobytes() + present.tobytes())
    return digest.hexdigest()


class System:
    """Countable evidence, and a language model on top of it."""

    log_odds = True

    def __init__(
        self,
        counted: Counted,
        model: "SoftTokenModel",
        config: Config,
        facts: Mapping[str, Any],
        noun: str,
        language_model: Path,
    ) -> None:
        self._counted, self._model, self._config, self._facts, self._noun = counted, model, config, facts, noun
        self._table = counted.table()
        self._language_model = language_model
        self._writer: SentenceWriter | None = None

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:
        """Count, then tune the language model on what the counts leave open.

        Raises:
            MissingArtefactError: the language model is not on disk.
            NothingToLearnError: all training rows have the same label.
        """
        refuse_one_label(corpus.train, ONE_ANSWER)
        counted, model, facts = fit(corpus, config, language_model=language_model, scratch=scratch, seed=seed)
        return cls(counted, model, config, facts, corpus.noun, language_model)

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return calibrated log-odds of a like, (B, C) with NaN behind a user's last candidate.

        An item that the catalogue does not hold is scored as one of which nothing is known.
        """
        from explainrec_models.parts.soft_reading import margins

        position = self._counted.space.position
        rows = [
            margins(self._model, self._table, past_of(history, position), places_of(items, position))
            for history, items in zip(histories, candidates, strict=True)
        ]
        return padded([[float(value) for value in row / self._facts["temperature"]] for row in rows])

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Split each score in the pass that gives it: history items, attributes, aspects of the item, and the rest.

        The contributions sum to the score; what belongs to no slot (the overall like-rate, what the language model
        makes of item and person as such) is the prior.
        """
        from explainrec_models.parts.soft_reading import attributed

        position = self._counted.space.position
        past, places = past_of(history, position), places_of(item_ids, position)
        read = attributed(self._model, self._counted, self._table, past, places)
        ids = self._counted.space.item_ids
        explanations = []
        for item, part in zip(item_ids, read, strict=True):
            scale = 1 / self._facts["temperature"]
            slots = [(schema.HISTORY, ids[place], value) for place, value in part.history.items()]
            slots += [(schema.ATTRIBUTE, name, value) for name, value in part.attributes.items()]
            slots += [(schema.ASPECT, name, value) for name, value in part.aspects.items()]
            rest = part.margin - sum(value for _, _, value in slots)
            slots.insert(0, (schema.PRIOR, schema.PRIOR, rest))
            contributions = tuple(Contribution(slot, source, value * scale) for slot, source, value in slots)
            explanations.append(
                Explanation(history.user_id, item, part.margin * scale, contributions, "preference attribution")
            )
        return explanations

    def sentence(
        self, explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int
    ) -> tuple[str, list[str]]:
        """Return an explanation in words, with the history items cited as support.

        The words are the pretrained language model's, under a grammar that admits true citations only. The whole model
        is needed, where scoring needs its lowest layers: it is loaded for the first sentence. The ablation without a
        language model fills the template.
        """
        if not self._config.language_model:
            return reason(explanation, history, titles, cited=cited)
        if self._writer is None:
            from explainrec_models.parts.constrained_sentence import SentenceWriter

            self._writer = SentenceWriter.load(self._language_model, noun=self._noun)
        written = self._writer.write(explanation, history, titles, cited=cited)
        return written.words, written.support

    def with_item(self, item: NewItem) -> Self:
        """Return the system with one more item, known by its content alone."""
        from explainrec_models.parts.soft_reading import extended, with_catalogue

        counted = extended(self._counted, item)
        model = with_catalogue(self._model, counted, like=self._counted)
        wider = type(self)(counted, model, self._config, self._facts, self._noun, self._language_model)
        wider._writer = self._writer
        return wider

    def save(self, folder: Path) -> None:
        """Write the counts and everything that was trained as safetensors, with scores that prove them."""
        from explainrec_models.parts.soft_files import save_soft

        save_soft(folder, self._counted, self._model, self._config.model_dump(mode="json"), self._facts)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:
        """Read what ``save`` wrote and check that it scores as it did.

        Raises:
            MissingArtefactError: there is no tuned system.
            DataError: what scores is not what was trained.
        """
        from explainrec_models.parts.soft_files import load_soft

        counted, model, config, facts = load_soft(
            folder, language_model=language_model, noun=corpus.noun, made_by=f"tune@{corpus.key}-explainrec"
        )
        return cls(counted, model, Config.model_validate(config), facts, corpus.noun, language_model)

    def report(self) -> Mapping[str, Any]:
        """Return validation scores by epoch, agreement of the attribution, and sizes."""
        return {name: value for name, value in self._facts.items() if name != "probes"}
