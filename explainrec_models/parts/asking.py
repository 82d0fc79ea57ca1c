"""Asking a language model about many users' candidates, and choosing the words of the question on validation rows.

An untuned small model's AUC moves more with the wording, and with "Yes" against " Yes", than with any method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from explainrec_models.data.examples import Example
from explainrec_models.data.histories import History
from explainrec_models.errors import ParamsError
from explainrec_models.parts.prompts import AnswerPair, ChatTokenizer, Form, has_chat_template, prompt_text

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Wording:
    """The form of the question and the two answer words, positive first."""

    form: Form
    answers: AnswerPair

    def label(self) -> str:
        """Return a short name for reports."""
        return f"{self.form}:{'|'.join(self.answers)}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values that ``from_dict`` reads."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "Wording":
        """Read what ``as_dict`` returned."""
        positive, negative = value["answers"]
        return cls(cast("Form", value["form"]), (positive, negative))


@dataclass(frozen=True)
class Catalogue:
    """What prompts are written from.

    Attributes:
        titles: of each item id.
        noun: what an item is called.
    """

    titles: Mapping[str, str]
    noun: str


@dataclass(frozen=True)
class ExampleGroup:
    """Examples of one history, whose prompts begin alike."""

    history: History
    item_ids: tuple[str, ...]
    liked: tuple[bool, ...]


def by_history(examples: Sequence[Example]) -> list[ExampleGroup]:
    """Group examples that share a history, in order of first appearance."""
    groups: dict[History, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.history, []).append(example)
    return [
        ExampleGroup(history, tuple(e.item_id for e in members), tuple(e.liked for e in members))
        for history, members in groups.items()
    ]


class Asker:
    """A language model, a wording and a catalogue: scores of candidates given histories."""

    def __init__(
        self,
        model: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerBase",
        catalogue: Catalogue,
        wording: Wording,
    ) -> None:
        """Wire the parts.

        Raises:
            ParamsError: the answer words cannot be told apart by the tokenizer.
        """
        from explainrec_models.parts.prefix_scoring import PrefixScorer

        self.scorer = PrefixScorer(model, tokenizer, [wording.answers])
        self._model = model
        self._tokenizer = cast("ChatTokenizer", tokenizer)
        self._catalogue = catalogue
        self._form: Form = wording.form

    def prompts(self, history: History, item_ids: Sequence[str]) -> tuple[str, ...]:
        """Return one prompt a candidate; the history is shown whole."""
        return tuple(prompts(history, item_ids, self._catalogue, self._form, self._tokenizer))

    def compute_in_full_precision(self) -> None:
        """Compute in fp32 from here on; the weights keep the values they have."""
        self._model.float()  # type: ignore[no-untyped-call]

    def scores(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return yes-minus-no logits of each history's candidates."""
        groups = [self.prompts(history, items) for history, items in zip(histories, candidates, strict=True)]
        return [gaps[:, 0].tolist() for gaps in self.scorer.score_groups(groups)]


def prompts(
    history: History, item_ids: Sequence[str], catalogue: Catalogue, form: Form, tokenizer: ChatTokenizer
) -> list[str]:
    """Return one prompt a candidate."""
    return [
        prompt_text(history, catalogue.titles, item, noun=catalogue.noun, form=form, tokenizer=tokenizer)
        for item in item_ids
    ]


@dataclass(frozen=True)
class WordingChoice:
    """The wording chosen and what every other one reached.

    Attributes:
        auc_scores: validation AUC by label of the wording; empty where there was nothing to choose on.
        left_out: wordings that this tokenizer cannot express, with the reason.
    """

    wording: Wording
    auc_scores: Mapping[str, float]
    left_out: Mapping[str, str]


def choose_wording(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    catalogue: Catalogue,
    examples: Sequence[Example],
    *,
    forms: Sequence[Form],
    answers: Sequence[AnswerPair],
) -> WordingChoice:
    """Choose the wording with the best AUC of the model as it is; the first one where there are no two labels.

    Args:
        model: asked as it is.
        tokenizer: of the model.
        catalogue: titles and noun.
        examples: validation rows; those of one history share its cost.
        forms: to choose from.
        answers: to choose from.

    Raises:
        ParamsError: none of the wordings can be used with this model.
    """
    usable, left_out = _usable(tokenizer, forms, answers)
    groups = by_history(examples)
    labels = [liked for group in groups for liked in group.liked]
    first = Wording(usable[0][0], usable[0][1][0])
    if len(usable) == len(usable[0][1]) == 1 or len(set(labels)) < 2:  # noqa: PLR2004 - AUC needs both labels
        return WordingChoice(first, {}, left_out)
    scores = {}
    for form, pairs in usable:
        for pair, auc in zip(pairs, _aucs(model, tokenizer, catalogue, groups, labels, form, pairs), strict=True):
            scores[Wording(form, pair)] = round(auc, 6)
    best = max(scores, key=lambda wording: scores[wording])
    return WordingChoice(best, {wording.label(): auc for wording, auc in scores.items()}, left_out)


def _aucs(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    catalogue: Catalogue,
    groups: Sequence[ExampleGroup],
    labels: Sequence[bool],
    form: Form,
    pairs: Sequence[AnswerPair],
) -> list[float]:
    """Return the AUC of each answer pair; one pass gives the logits of all pairs."""
    from sklearn.metrics import roc_auc_score

    from explainrec_models.parts.prefix_scoring import PrefixScorer

    chat = cast("ChatTokenizer", tokenizer)
    texts = [prompts(group.history, group.item_ids, catalogue, form, chat) for group in groups]
    gaps = np.concatenate(PrefixScorer(model, tokenizer, pairs).score_groups(texts))
    return [float(roc_auc_score(labels, gaps[:, place])) for place in range(len(pairs))]


def _usable(
    tokenizer: "PreTrainedTokenizerBase", forms: Sequence[Form], answers: Sequence[AnswerPair]
) -> tuple[list[tuple[Form, list[AnswerPair]]], dict[str, str]]:
    """Return the usable forms with the usable answer pairs, and why the others are not."""
    from explainrec_models.parts.prefix_scoring import answer_tokens

    left_out: dict[str, str] = {}
    pairs: dict[tuple[int, int], AnswerPair] = {}
    for pair in answers:
        try:
            tokens = answer_tokens(tokenizer, pair)
        except ParamsError:
            left_out["|".join(pair)] = "both words begin with the same token"
            continue
        if tokens in pairs:
            left_out["|".join(pair)] = f"the same tokens as {'|'.join(pairs[tokens])}"
        pairs.setdefault(tokens, pair)
    usable: list[Form] = []
    for form in forms:
        if form == "chat" and not has_chat_template(cast("ChatTokenizer", tokenizer)):
            left_out[form] = "the tokenizer has no chat template"
        else:
            usable.append(form)
    if not usable or not pairs:
        message = f"this language model can use no wording of the question: {left_out}. Offer other forms or words."
        raise ParamsError(message)
    return [(form, list(pairs.values())) for form in usable], left_out
