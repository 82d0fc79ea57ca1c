"""A language model that reads items as soft tokens and answers Yes or No for many questions in one sequence.

Each item is one token: a projector maps what is known of it (attributes, words, picture, taste, effects) to the width
of the model's embeddings, as CoLLM (arXiv 2310.19488) does for collaborative vectors and multi-modal models do for
pictures. A row of the history is its item's token plus the embedding of the answer word that the person gave. The score
is the logit gap of the answer words, gated, plus a linear model of countable evidence (wide and deep, Cheng et al.,
arXiv 1606.07792): with the gate closed it is that linear model exactly.

Rows of the history see the instruction and themselves only, all at one position; questions see the rows. So hiding a
row from a question is deleting it, exactly, and leaving out every row in turn is one pass over the questions alone.
This independence, and a second reading head that predicts what leaving a row out would do, are ours. The order of the
rows reaches the language model through the countable evidence only.
"""

import copy
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from peft import PeftModel
from torch import nn

from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import ATTRIBUTES, COUNTED, MODALITIES, PICTURE, ItemSpace
from explainrec_models.parts.looks import look_columns
from explainrec_models.parts.sessions import Session

HIDDEN = 256
HEAD = 64
DROPOUT = 0.1
START_GATE = 0.05
TINY = 1e-6


class Pack(NamedTuple):
    """Sessions laid end to end. ``H`` rows, ``C`` questions, ``F`` features.

    Attributes:
        items: of the rows (H).
        answers: 1 or 0 of the rows (H).
        owners: session of each row (H).
        places: place of each row in its session (H).
        candidates: (C).
        askers: session of each question (C).
        seen: rows of its session that a question may see (C).
        hidden: item whose rows a question may not see (C).
        features: (C, F).
        drops: cold, new, blind (C, 3).
        row_counts: which counts a row may know of, -1 for those of all training rows (H).
        question_counts: likewise (C).
        liked: right answers, NaN where unknown (C).
    """

    items: torch.Tensor
    answers: torch.Tensor
    owners: torch.Tensor
    places: torch.Tensor
    candidates: torch.Tensor
    askers: torch.Tensor
    seen: torch.Tensor
    hidden: torch.Tensor
    features: torch.Tensor
    drops: torch.Tensor
    row_counts: torch.Tensor
    question_counts: torch.Tensor
    liked: torch.Tensor

    def on(self, device: torch.device) -> "Pack":
        """Return the pack on a device."""
        return Pack(*(tensor.to(device) for tensor in self))


def pack(sessions: Sequence[Session]) -> Pack:
    """Lay sessions end to end."""
    rows = np.array([len(session.past.items) for session in sessions])
    asked = np.array([len(session.candidates) for session in sessions])

    def joined(parts: Sequence[NDArray[np.generic]], kind: type) -> torch.Tensor:
        return torch.from_numpy(np.concatenate(parts).astype(kind))

    return Pack(
        items=joined([s.past.items for s in sessions], np.int64),
        answers=joined([s.past.liked for s in sessions], np.int64),
        owners=torch.from_numpy(np.repeat(np.arange(len(sessions)), rows)),
        places=joined([np.arange(count) for count in rows], np.int64),
        candidates=joined([s.candidates for s in sessions], np.int64),
        askers=torch.from_numpy(np.repeat(np.arange(len(sessions)), asked)),
        seen=joined([s.seen for s in sessions], np.int64),
        hidden=joined([s.hidden for s in sessions], np.int64),
        features=joined([s.features for s in sessions], np.float32),
        drops=joined([np.stack([s.cold, s.new, s.blind], axis=1) for s in sessions], np.bool_),
        row_counts=torch.from_numpy(np.repeat([s.fold for s in sessions], rows)),
        question_counts=torch.from_numpy(np.repeat([s.fold for s in sessions], asked)),
        liked=joined([s.liked for s in sessions], np.float32),
    )


class Reading(NamedTuple):
    """What a pass over a pack gives.

    Attributes:
        margins: log-odds of a like (C).
        gaps: the language model's part of them (C).
        pulls: what the second head says that each visible row adds to the gap (C, H); 0 where not visible.
    """

    margins: torch.Tensor
    gaps: torch.Tensor
    pulls: torch.Tensor


class Knowledge(NamedTuple):
    """What is known of a catalogue. ``I`` items, ``K`` counts.

    Attributes:
        content: attributes, words and picture side by side (I, D).
        counts: taste and effects as counted from several sets of rows, all training rows last (K, I, V).
        seen: which columns of ``content`` come from the picture (D).
    """

    content: torch.Tensor
    counts: torch.Tensor
    seen: torch.Tensor


class SoftTokenModel(nn.Module):
    """Projectors, an adapted language model, and two heads."""

    def __init__(
        self,
        adapted: PeftModel,
        instruction: Sequence[int],
        answers: tuple[int, int],
        known: Knowledge,
        *,
        features: int,
        window: int,
        seed: int,
    ) -> None:
        """Wire the parts.

        Args:
            adapted: language model with LoRA.
            instruction: tokens in front of every sequence.
            answers: tokens of the positive and the negative answer.
            known: what is known of items.
            features: number of countable features.
            window: rows of the history that a question sees.
            seed: of the projectors' start.
        """
        super().__init__()
        self.adapted = adapted
        base = adapted.get_base_model()
        self._body = cast("nn.Module", base.base_model)
        embedding = cast("nn.Embedding", base.get_input_embeddings())  # type: ignore[operator]
        output = cast("nn.Linear", base.get_output_embeddings()).weight  # type: ignore[operator]
        width = embedding.weight.shape[1]
        self.window = window
        with torch.no_grad():
            spread = float(embedding.weight.std())
            prefix = embedding.weight[list(instruction)].float().clone()
            words = embedding.weight[list(answers)].float().clone()
            difference = (output[answers[0]] - output[answers[1]]).float().clone()
        self.register_buffer("prefix", prefix, persistent=False)
        self.register_buffer("words", words, persistent=False)
        self.register_buffer("difference", difference, persistent=False)
        self.register_buffer("content", known.content, persistent=False)
        self.register_buffer("counts", known.counts, persistent=False)
        self.register_buffer("seen", known.seen, persistent=False)
        self.register_buffer("centre", torch.zeros(features), persistent=True)
        self.register_buffer("spread", torch.ones(features), persistent=True)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.projector = nn.Sequential(
                nn.Dropout(DROPOUT),
                nn.Linear(known.content.shape[1] + known.counts.shape[2], HIDDEN),
                nn.GELU(),
                nn.Linear(HIDDEN, width),
            )
            self.scale = nn.LayerNorm(width)
            self.evidence = nn.Linear(features, width)
            self.wide = nn.Linear(features, 1)
            self.query, self.key = nn.Linear(width, HEAD), nn.Linear(width, HEAD)
            nn.init.normal_(self.evidence.weight, std=spread / features**0.5)
        nn.init.constant_(self.scale.weight, spread)
        nn.init.zeros_(self.evidence.bias)
        # Until it has learned otherwise the second head adds nothing to the linear model's own split.
        nn.init.zeros_(self.query.weight)
        nn.init.zeros_(self.query.bias)
        self.gate = nn.Parameter(torch.tensor(START_GATE))

    def start_from(
        self, centre: Sequence[float], spread: Sequence[float], weights: Sequence[float], bias: float
    ) -> None:
        """Take over a linear model of standardised features."""
        with torch.no_grad():
            self.centre.copy_(torch.tensor(centre))  # type: ignore[operator]
            self.spread.copy_(torch.tensor(spread))  # type: ignore[operator]
            self.wide.weight.copy_(torch.tensor(weights)[None])
            self.wide.bias.fill_(bias)

    def with_knowledge(self, known: Knowledge) -> "SoftTokenModel":
        """Return the model with other knowledge of items; the weights are the same tensors."""
        other = copy.copy(self)
        device = cast("torch.Tensor", self.prefix).device
        other._buffers = {**self._buffers, "content": known.content.to(device), "counts": known.counts.to(device)}
        return other

    def close_gate(self) -> None:
        """Leave the linear model alone."""
        with torch.no_grad():
            self.gate.zero_()

    @property
    def silent(self) -> bool:
        """Whether the gate is closed, so that the linear model decides alone."""
        return float(self.gate.detach()) == 0

    def counted(self, features: torch.Tensor) -> torch.Tensor:
        """Return the linear model's log-odds (C) of features as they are counted (C, F)."""
        standard = (features.to(self.gate.device) - self.centre) / self.spread  # type: ignore[operator]
        return cast("torch.Tensor", self.wide(standard)[:, 0])

    def forget_folds(self) -> None:
        """Keep the counts of all training rows only: the others are for training rows."""
        self._buffers["counts"] = self._buffers["counts"][-1:].clone()  # type: ignore[index]

    def feature_weights(self) -> NDArray[np.float64]:
        """Return the linear model's weights of the features as they are counted (F)."""
        weights = self.wide.weight.detach()[0] / self.spread  # type: ignore[operator]
        return weights.double().cpu().numpy()

    def feature_means(self) -> NDArray[np.float64]:
        """Return the means of the features over training questions (F)."""
        return cast("torch.Tensor", self.centre).double().cpu().numpy()

    def forward(self, batch: Pack) -> Reading:
        """Read a pack."""
        return self.read(batch, *self.states(batch))

    def states(self, batch: Pack) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the language model's last states at the rows (H, width) and at the questions (C, width)."""
        batch = batch.on(self.gate.device)
        standard = (batch.features - self.centre) / self.spread  # type: ignore[operator]
        cold, blind = batch.drops[:, 0], batch.drops[:, 2]
        rows = self._tokens(batch.items, batch.row_counts) + self.words[1 - batch.answers]  # type: ignore[index]
        asked = self._tokens(batch.candidates, batch.question_counts, cold, blind) + self.evidence(standard)
        sequence = torch.cat([cast("torch.Tensor", self.prefix), rows, asked])[None]
        visible = self.visible(batch)
        dtype = cast("torch.dtype", self._body.dtype)
        states = (
            self._body(
                inputs_embeds=sequence.to(dtype),
                attention_mask=_additive(self._mask(visible), dtype),
                position_ids=self._positions(batch)[None],
                use_cache=False,
            )
            .last_hidden_state[0]
            .float()
        )
        first = len(cast("torch.Tensor", self.prefix))
        return states[first : first + len(rows)], states[first + len(rows) :]

    def read(self, batch: Pack, at_rows: torch.Tensor, at_questions: torch.Tensor) -> Reading:
        """Return what the heads make of the states."""
        batch = batch.on(self.gate.device)
        # Log-odds need all their digits, in whatever precision the states were computed.
        with torch.autocast(self.gate.device.type, enabled=False):
            gaps = self.gate * (at_questions @ cast("torch.Tensor", self.difference))
            margins = self.counted(batch.features) + gaps
            pulls = self.pulls(at_rows, at_questions) * self.visible(batch)
        return Reading(margins, gaps, pulls)

    def pulls(self, at_rows: torch.Tensor, at_questions: torch.Tensor) -> torch.Tensor:
        """Return what the second head says that each row adds (C, H)."""
        return cast("torch.Tensor", self.query(at_questions) @ self.key(at_rows).T / HEAD**0.5)

    def visible(self, batch: Pack) -> torch.Tensor:
        """Return which row each question may look at (C, H), on the device of the batch."""
        own = batch.askers[:, None] == batch.owners[None]
        place, seen = batch.places[None], batch.seen[:, None]
        earlier = (place < seen) & (place >= seen - self.window)
        return own & earlier & (batch.items[None] != batch.hidden[:, None]) & ~batch.drops[:, 1:2]

    def _tokens(
        self,
        items: torch.Tensor,
        counts: torch.Tensor,
        cold: torch.Tensor | None = None,
        blind: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the soft token of each item without what may not be known of it (N, width)."""
        content = cast("torch.Tensor", self.content)[items]
        counted: torch.Tensor = self.counts[counts, items]  # type: ignore[index]
        if blind is not None:
            content = content * (~(blind[:, None] & cast("torch.Tensor", self.seen))).float()
        if cold is not None:
            counted = counted * (~cold)[:, None].float()
        return cast("torch.Tensor", self.scale(self.projector(torch.cat([content, counted], dim=1))))

    def _mask(self, visible: torch.Tensor) -> torch.Tensor:
        """Return who may look at whom in the whole sequence (T, T)."""
        first = len(cast("torch.Tensor", self.prefix))
        asked, rows = visible.shape
        mask = torch.zeros((first + rows + asked,) * 2, dtype=torch.bool, device=visible.device)
        mask[:, :first] = True
        mask[:first, :first] = mask[:first, :first].tril()
        mask[first + rows :, first : first + rows] = visible
        mask.fill_diagonal_(fill_value=True)
        return mask

    def _positions(self, batch: Pack) -> torch.Tensor:
        """Return one place for all rows and the next for all questions: a row that is hidden leaves no gap behind."""
        first = len(cast("torch.Tensor", self.prefix))
        start = torch.arange(first, device=batch.places.device)
        return torch.cat([start, torch.full_like(batch.places, first), torch.full_like(batch.seen, first + 1)])


def knowledge(space: ItemSpace, counted: Sequence[tuple[ItemSpace, ItemEffects]], like: ItemEffects) -> Knowledge:
    """Lay out what is known of items.

    Args:
        space: of the catalogue.
        counted: taste and effects of its items, from all training rows last.
        like: effects whose mean and spread are the units, those of the catalogue that was trained on.
    """
    names = [name for name in MODALITIES if name not in COUNTED]
    seen = {ATTRIBUTES: look_columns(space), PICTURE: np.ones(space.blocks[PICTURE].shape[1], dtype=np.bool_)}
    units = like.columns()
    centre, spread = units.mean(axis=0), units.std(axis=0) + TINY
    counts = [
        np.hstack([*(own.blocks[name] for name in COUNTED), (effects.columns() - centre) / spread])
        for own, effects in counted
    ]
    return Knowledge(
        torch.from_numpy(np.hstack([space.blocks[name] for name in names]).astype(np.float32)),
        torch.from_numpy(np.stack(counts).astype(np.float32)),
        torch.from_numpy(
            np.concatenate([seen.get(name, np.zeros(space.blocks[name].shape[1], dtype=np.bool_)) for name in names])
        ),
    )


def _additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)[
        None, None
    ]
