"""Exact scores of many prompts that begin alike: the shared tokens run once, the rest packed into few passes.

A prompt's score is the logit of the positive answer word minus that of the negative one at the prompt's last token.
Sharing a prefix with a key-value cache is exact (Juravsky et al., "Hydragen", arXiv 2402.05099; Yao et al.,
"DeFT", arXiv 2404.00242). A user's candidates differ in a handful of tokens, so nearly all work is done once.

Shapes: ``N`` prompts, ``A`` answer pairs, ``T`` tokens, ``P`` cached tokens, ``D`` width.
"""

import copy
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from explainrec_models.errors import ParamsError
from explainrec_models.parts.prompts import AnswerPair

Tokens = list[int]

PACKED_TOKENS = 512
"""Tokens of one packed pass: beyond, the masked part of the attention matrix costs more than it saves."""
BATCH_TOKENS = 8192
"""Cached and new tokens of one batch, which bounds its memory."""


def common_prefix(sequences: Sequence[Tokens]) -> int:
    """Return how many leading tokens all sequences share, leaving each at least one of its own.

    >>> common_prefix([[1, 2, 3], [1, 2, 4, 5]]), common_prefix([[1, 2], [1, 2]]), common_prefix([[1], [1, 2]])
    (2, 1, 0)
    """
    first, last = min(sequences), max(sequences)
    limit = min(len(sequence) for sequence in sequences) - 1
    return next((place for place in range(limit) if first[place] != last[place]), limit)


@dataclass(frozen=True)
class _Prefix:
    """Tokens that have run, with their keys and values."""

    cache: DynamicCache | None
    length: int


class PrefixScorer:
    """Scores prompts with a causal language model of the Hugging Face library, adapted or not."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, answers: Sequence[AnswerPair]
    ) -> None:
        """Prepare the two rows of the output head that each answer pair needs.

        Raises:
            ParamsError: the two words of a pair begin with the same token.
        """
        self._config = model.config
        # The layers without the output head; typed loosely, since every architecture has its own class.
        self._body: Any = model.base_model
        self._tokenizer = tokenizer
        self._device = model.device
        self._head = _AnswerHead(model, [answer_tokens(tokenizer, pair) for pair in answers])
        self._can_cache, self._can_pack = self._abilities()

    def score_groups(self, groups: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """Score groups of prompts; a group shares more tokens (one user's history) than all groups do.

        Returns:
            For each group (N, A).
        """
        encoded = [self.encode(group) for group in groups]
        everything = [tokens for group in encoded for tokens in group]
        if not everything:
            return [self._empty() for _ in encoded]
        shared = self._extended(_Prefix(None, 0), everything)
        alone = [group[0] for group in encoded if len(group) == 1]
        # A group of one shares nothing more: all such groups go through batches together.
        scores_alone = iter(self._read(self._batched(shared, _behind(shared, alone)))[:, None] if alone else ())
        return [next(scores_alone) if len(group) == 1 else self._score_group(shared, group) for group in encoded]

    def score_shared(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Score prompts that begin alike; return (N, A)."""
        return self.score_groups([prompts])[0]

    def score_prompts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Score prompts that have nothing in common, those of similar length together; return (N, A)."""
        if not prompts:
            return self._empty()
        return self._read(self._batched(_Prefix(None, 0), self.encode(prompts)))

    def encode(self, prompts: Sequence[str]) -> list[Tokens]:
        """Return each prompt's tokens."""
        return encode(self._tokenizer, prompts)

    def _score_group(self, shared: _Prefix, group: list[Tokens]) -> NDArray[np.float32]:
        if not group:
            return self._empty()
        prefix = self._extended(shared, group)
        run = self._packed if self._can_pack and prefix.length else self._batched
        return self._read(run(prefix, _behind(prefix, group)))

    @torch.inference_mode()
    def _extended(self, prefix: _Prefix, sequences: list[Tokens]) -> _Prefix:
        """Run what all sequences share beyond ``prefix``."""
        stop = common_prefix(sequences)
        # One sequence has nothing to share its own tokens with.
        if not self._can_cache or len(sequences) < 2 or stop <= prefix.length:  # noqa: PLR2004
            return prefix
        new = self._tensor([sequences[0][prefix.length : stop]])
        cache = _branch(prefix.cache, 1) if prefix.cache is not None else DynamicCache(config=self._config)
        self._body(input_ids=new, past_key_values=cache, use_cache=True)
        return _Prefix(cache, stop)

    @torch.inference_mode()
    def _batched(self, prefix: _Prefix, rest: list[Tokens]) -> torch.Tensor:
        """Return the last hidden states (N, D), one row a prompt, padded on the right.

        A causal model never looks to the right, so padding needs no mask.
        """
        hidden: list[torch.Tensor | None] = [None] * len(rest)
        for chunk in _by_length(rest, prefix.length):
            longest = max(len(rest[place]) for place in chunk)
            padded = self._tensor([rest[place] + [0] * (longest - len(rest[place])) for place in chunk])
            cache = _branch(prefix.cache, len(chunk)) if prefix.cache is not None else None
            states = self._body(input_ids=padded, past_key_values=cache, use_cache=cache is not None).last_hidden_state
            for row, place in enumerate(chunk):
                hidden[place] = states[row, len(rest[place]) - 1]
        return torch.stack(cast("list[torch.Tensor]", hidden))

    @torch.inference_mode()
    def _packed(self, prefix: _Prefix, rest: list[Tokens]) -> torch.Tensor:
        """Return the last hidden states (N, D) of prompts laid end to end, each blind to the others."""
        hidden = []
        for chunk in _in_order(rest, PACKED_TOKENS):
            lengths = torch.tensor([len(tokens) for tokens in chunk])
            positions = torch.cat([torch.arange(length) for length in lengths.tolist()]) + prefix.length
            states = self._body(
                input_ids=self._tensor([[token for tokens in chunk for token in tokens]]),
                attention_mask=self._branch_mask(lengths, prefix.length),
                position_ids=positions[None].to(self._device),
                past_key_values=_branch(prefix.cache, 1) if prefix.cache is not None else None,
                use_cache=prefix.cache is not None,
            ).last_hidden_state[0]
            hidden.append(states[(lengths.cumsum(0) - 1).to(self._device)])
        return torch.cat(hidden)

    def _branch_mask(self, lengths: torch.Tensor, cached: int) -> torch.Tensor:
        """Return (1, 1, T, P + T), 0 where a token may look and the smallest number elsewhere."""
        owner = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
        order = torch.arange(len(owner))
        visible = (owner[:, None] == owner[None, :]) & (order[:, None] >= order[None, :])
        visible = torch.cat([torch.ones(len(owner), cached, dtype=torch.bool), visible], dim=1)
        dtype = cast("torch.dtype", self._body.dtype)
        mask = torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)
        return mask[None, None].to(self._device)

    @torch.inference_mode()
    def _abilities(self) -> tuple[bool, bool]:
        """Find out whether this architecture keeps plain keys and values, and whether it takes a mask of branches."""
        cache = DynamicCache(config=self._config)
        self._body(input_ids=self._tensor([[0, 1]]), past_key_values=cache, use_cache=True)
        kinds = {type(layer) for layer in cache.layers}
        can_cache = bool(kinds) and kinds <= {DynamicLayer, DynamicSlidingWindowLayer}
        takes_positions = "position_ids" in inspect.signature(self._body.forward).parameters
        if not can_cache or kinds != {DynamicLayer} or not takes_positions:
            return can_cache, False
        # Architectures that read positions or masks in their own way give themselves away on a handful of tokens.
        prefix, rest = _Prefix(cache, 2), [[2, 3, 4], [5], [2, 6]]
        expected, found = self._batched(prefix, rest).float(), self._packed(prefix, rest).float()
        # bf16 errs by 0.01 of the norm, a wrong mask by 1.
        return True, bool((found - expected).norm() < 0.05 * expected.norm())

    def _read(self, hidden: torch.Tensor) -> NDArray[np.float32]:
        return cast("NDArray[np.float32]", self._head.gaps(hidden).detach().cpu().numpy())

    def _empty(self) -> NDArray[np.float32]:
        return np.zeros((0, self._head.pairs), dtype=np.float32)

    def _tensor(self, tokens: list[Tokens]) -> torch.Tensor:
        return torch.tensor(tokens, device=self._device)


def _behind(prefix: _Prefix, sequences: Sequence[Tokens]) -> list[Tokens]:
    return [tokens[prefix.length :] for tokens in sequences]


class _AnswerHead:
    """The rows of the output layer that belong to the answer words, in fp32.

    Logits of bf16 are spaced by 1/16 near 16, coarser than the differences between candidates.
    """

    def __init__(self, model: PreTrainedModel, pairs: Sequence[tuple[int, int]]) -> None:
        layer = cast("Any", model).get_output_embeddings()
        rows = torch.tensor(pairs, device=model.device)
        self.pairs = len(pairs)
        self._weight = (layer.weight[rows[:, 0]].float() - layer.weight[rows[:, 1]].float()).detach()
        bias = getattr(layer, "bias", None)
        self._bias = None if bias is None else (bias[rows[:, 0]].float() - bias[rows[:, 1]].float()).detach()

    def gaps(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return yes-minus-no logits (N, A) of hidden states (N, D)."""
        return functional.linear(hidden.float(), self._weight, self._bias)


def encode(tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str]) -> list[Tokens]:
    """Return each prompt's tokens; a chat template has already written the mark of the beginning."""
    begin = cast("str | None", tokenizer.bos_token)
    return [
        cast("Tokens", tokenizer.encode(prompt, add_special_tokens=not (begin and prompt.startswith(begin))))
        for prompt in prompts
    ]


def answer_tokens(tokenizer: PreTrainedTokenizerBase, pair: AnswerPair) -> tuple[int, int]:
    """Return the first token of each word of a pair.

    Raises:
        ParamsError: both words begin with the same token.
    """
    positive, negative = (cast("Tokens", tokenizer.encode(word, add_special_tokens=False))[0] for word in pair)
    if positive == negative:
        message = (
            f"the answer words {pair[0]!r} and {pair[1]!r} begin with the same token {positive} of this tokenizer, so "
            "their logits cannot be told apart. Choose other words."
        )
        raise ParamsError(message)
    return positive, negative


def _branch(cache: DynamicCache, count: int) -> DynamicCache:
    """Return a cache that ``count`` continuations may grow without touching the original's tensors."""
    branch = copy.copy(cache)
    branch.layers = [copy.copy(layer) for layer in cache.layers]
    for layer in cast("list[Any]", branch.layers):
        # Growing concatenates, which copies: until then the continuations may look at the same memory.
        layer.keys = layer.keys.expand(count, -1, -1, -1)
        layer.values = layer.values.expand(count, -1, -1, -1)
    return branch


def _by_length(sequences: list[Tokens], cached: int) -> Iterator[list[int]]:
    """Yield places of sequences of similar length, as many as fit into one batch."""
    order = sorted(range(len(sequences)), key=lambda place: -len(sequences[place]))
    while order:
        fitting = max(1, BATCH_TOKENS // (cached + len(sequences[order[0]])))
        yield order[:fitting]
        order = order[fitting:]


def _in_order(sequences: list[Tokens], limit: int) -> Iterator[list[Tokens]]:
    """Yield runs of sequences with at most ``limit`` tokens, or one longer sequence."""
    run: list[Tokens] = []
    for tokens in sequences:
        if run and sum(map(len, run)) + len(tokens) > limit:
            yield run
            run = []
        run.append(tokens)
    if run:
        yield run
