"""A reason in one or two sentences, worded by a language model that cannot cite what is not there.

Decoding is greedy under a grammar (``parts/token_grammar.py``, ``parts/citation_grammar.py``): of the tokens that the
grammar allows, the one that the language model holds most probable; of equals, the first of the grammar. What follows
without a choice (the end of a title, a closing) weighs nothing then: a long title stands the same chance as a short
one, and going on the same as stopping. Whole alternatives could be compared instead, but their total probability
favours the short, and its mean a token favours the long whose end follows from its beginning.

The result is that of ``generate`` in the library transformers with ``prefix_allowed_tokens_fn``, which asks the model
for every token, though. Here it is asked where there is a choice, and a stretch without one goes through the model
together with the next question (jump-forward decoding: Zheng et al., "SGLang", arXiv 2312.07104).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.citation_grammar import Citation, Evidence, gathered, quoted, sentences
from explainrec_models.parts.explanation import Explanation
from explainrec_models.parts.language_model import load_language_model
from explainrec_models.parts.prefix_scoring import encode
from explainrec_models.parts.prompts import ChatTokenizer, has_chat_template
from explainrec_models.parts.token_grammar import TokenGrammar

_NO_MARKS = str.maketrans("<>", "()")


@dataclass(frozen=True)
class Sentence:
    """A reason in words.

    Attributes:
        tokens: as decoded, with the mark of the end.
        words: as the grammar has them for these tokens.
        citations: what is named, in the order of the words.
    """

    tokens: tuple[int, ...]
    words: str
    citations: tuple[Citation, ...]

    @property
    def support(self) -> list[str]:
        """The items of the history that are said to speak for the recommendation."""
        return [c.source for c in self.citations if c.slot == schema.HISTORY and c.favours]


class SentenceWriter:
    """Words explanations with a pretrained language model."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, noun: str) -> None:
        """Keep the model; ``noun`` is what an item is called."""
        self._model, self._tokenizer, self._noun = model, tokenizer, noun
        end = cast("int | None", tokenizer.eos_token_id)
        # A sentence holds no line feed, so its token can stand for the end where a tokenizer has none.
        self.end = self._encoded("\n")[-1] if end is None else end

    @classmethod
    def load(cls, language_model: Path, *, noun: str) -> Self:
        """Read the whole model from a Hugging Face folder, in fp32: equal inputs shall give equal sentences.

        Raises:
            MissingArtefactError: the folder holds no model.
        """
        return cls(*load_language_model(language_model, precision=torch.float32), noun=noun)

    def write(self, explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int) -> Sentence:
        """Return the sentence of an explanation.

        Args:
            explanation: contributions to one score.
            history: what the user did.
            titles: title of each item.
            cited: most history items to cite as support.
        """
        evidence = gathered(explanation, history, titles, cited=cited)
        grammar = self.grammar(evidence)
        title = titles.get(explanation.item_id, explanation.item_id)
        tokens = self._decoded(self.prompt(evidence, title), grammar)
        said = grammar.read(tokens)
        named = tuple(arm.named for arm in said if arm.named is not None)
        return Sentence(tuple(tokens), "".join(arm.words for arm in said), named)

    def grammar(self, evidence: Evidence) -> TokenGrammar[Citation]:
        """Return the sentences that the evidence admits, as tokens of this model."""
        return TokenGrammar(sentences(evidence), self._encoded, end=self.end)

    def prompt(self, evidence: Evidence, title: str) -> list[int]:
        """Return the tokens of the question; the evidence stands in it, the strongest first."""
        lines = [
            f"I {'liked' if piece.citation.liked else 'did not like'} {piece.words}." for piece in evidence.history
        ]
        lines += [f"I have a taste for {piece.words}." for piece in evidence.attributes]
        if not lines:
            lines.append("Nothing in my history speaks for it.")
        if evidence.anyone:
            lines.append("Anyone would be shown it.")
        if evidence.against is not None:
            verb = "liked" if evidence.against.citation.liked else "did not like"
            lines.append(f"Against it: I {verb} {evidence.against.words}.")
        question = (
            f"Why is the {self._noun} {quoted(title)} recommended to me? Answer in one or two short sentences, from "
            "this evidence, the strongest first:\n"
        ) + "\n".join(f"- {line}" for line in lines)
        # A title could hold the mark that ends a message; in a sentence, _encoded takes such marks apart.
        question = question.translate(_NO_MARKS)
        # transformers types the template as text or several of them.
        tokenizer = cast("ChatTokenizer", self._tokenizer)
        if not has_chat_template(tokenizer):
            return encode(self._tokenizer, [f"{question}\n\nAnswer:\n"])[0]
        messages = [{"role": "user", "content": question}]
        text = cast("str", tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
        return encode(self._tokenizer, [text])[0]

    def _decoded(self, prompt: list[int], grammar: TokenGrammar[Citation]) -> list[int]:
        said: list[int] = []
        waiting, cache = list(prompt), None
        place = grammar.start()
        while not place.ended:
            token, *others = allowed = place.allowed()
            if others:
                logits, cache = self._next(waiting, cache)
                # max() takes the first of equals.
                token, waiting = max(allowed, key=lambda candidate: logits[candidate]), []
            said.append(token)
            waiting.append(token)
            place = grammar.after(place, token)
        return said

    @torch.inference_mode()
    def _next(self, tokens: list[int], cache: Any) -> tuple[list[float], Any]:
        """Return the logits behind some more tokens, and the cache that holds them."""
        output = cast("Any", self._model)(
            input_ids=torch.tensor([tokens], device=self._model.device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[0, -1].tolist(), output.past_key_values

    def _encoded(self, words: str) -> list[int]:
        tokens = self._tokenizer.encode(words, add_special_tokens=False, split_special_tokens=True)
        return cast("list[int]", tokens)
