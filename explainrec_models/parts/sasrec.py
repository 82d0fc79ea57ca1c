"""The network of SASRec: a causal transformer over item sequences whose item embeddings also score what comes next.

"Self-Attentive Sequential Recommendation", Kang, McAuley, ICDM 2018, arXiv 1808.09781. Differs from the paper: a learnt
start token stands before every sequence, so that an empty history has a score too; blocks normalise before attention
and feed-forward alike (the paper's attention adds to the normalised query); GELU; padding is on the right, where a
causal model never looks; attention weights have no dropout, which takes several times the attention itself on a CPU.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from explainrec_models.data.outputs import read_json, require, write_json
from explainrec_models.errors import DataError
from explainrec_models.parts.next_item_loss import full_cross_entropy, sampled_cross_entropy

WEIGHTS_FILE = "sasrec.safetensors"
NAMES_FILE = "sasrec.json"
_ITEM_WEIGHTS = "embeddings.weight"
_CHUNK = 256
"""Sequences of one forward pass without gradients."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a network.

    Attributes:
        items: of the catalogue.
        history_length: items of a sequence, at most.
        embedding_size: of items, places and hidden states.
        layers: transformer blocks.
        heads: of attention.
        expansion: width of the feed-forward layer in embedding sizes.
        dropout: on embeddings and on what each half of a block adds.
    """

    items: int
    history_length: int
    embedding_size: int
    layers: int
    heads: int
    expansion: int
    dropout: float


class Network(nn.Module):
    """Items seen so far to a vector whose products with the item vectors are the logits of the next item."""

    def __init__(self, shape: Shape) -> None:
        """Draw weights from torch's generator."""
        super().__init__()
        width = shape.embedding_size
        self.shape = shape
        self.embeddings = nn.Embedding(shape.items + 1, width)
        self.places = nn.Embedding(shape.history_length + 1, width)
        self.blocks = nn.ModuleList(_Block(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(shape.dropout)
        nn.init.normal_(self.embeddings.weight, std=0.5 * width**-0.5)
        nn.init.normal_(self.places.weight, std=0.1)

    @property
    def start(self) -> int:
        """Token that stands before the first item."""
        return self.shape.items

    @property
    def item_weights(self) -> torch.Tensor:
        """Embeddings of the catalogue (I, D), with gradients."""
        return self.embeddings.weight[: self.shape.items]

    def item_vectors(self) -> NDArray[np.float32]:
        """Return a copy of the embeddings of the catalogue (I, D)."""
        return self.item_weights.detach().float().cpu().numpy().copy()

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return hidden states (B, T, D) of tokens (B, T), each knowing its own token and those before it."""
        scale = self.shape.embedding_size**0.5
        hidden = self.embeddings(tokens) * scale + self.places.weight[: tokens.shape[1]]
        hidden = self.dropout(hidden)
        for block in self.blocks:
            hidden = block(hidden)
        normed: torch.Tensor = self.norm(hidden)
        return normed

    def next_item_loss(self, hidden: torch.Tensor, targets: torch.Tensor, *, sampled: int) -> torch.Tensor:
        """Return the mean cross-entropy over the catalogue, or over a new sample of it, with gradients.

        Args:
            hidden: (N, D).
            targets: item that follows each (N).
            sampled: items that stand for the catalogue; 0 for all of it.
        """
        if not sampled:
            return full_cross_entropy(hidden, targets, self.item_weights)
        sample = torch.randperm(self.shape.items, device=hidden.device)[:sampled]
        return sampled_cross_entropy(hidden, targets, self.item_weights, sample)

    @torch.no_grad()
    def log_probabilities(self, sequences: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return ln p(next item) over the catalogue (B, I) behind each sequence of item places, oldest first.

        Dropout is off. Only the last ``history_length`` items of a sequence are read.
        """
        was_training = self.training
        self.eval()
        parts = [self._of_chunk(sequences[at : at + _CHUNK]) for at in range(0, len(sequences), _CHUNK)]
        self.train(was_training)
        return np.concatenate(parts) if parts else np.zeros((0, self.shape.items), dtype=np.float32)

    def _of_chunk(self, sequences: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        length = self.shape.history_length
        rows = [[self.start, *sequence[max(0, len(sequence) - length) :]] for sequence in sequences]
        longest = max(len(row) for row in rows)
        device = self.embeddings.weight.device
        tokens = torch.tensor([[*row, *([0] * (longest - len(row)))] for row in rows], device=device)
        last = torch.tensor([len(row) - 1 for row in rows], device=device)
        hidden = self(tokens)[torch.arange(len(rows), device=device), last]
        return functional.log_softmax((hidden @ self.item_weights.T).float(), dim=1).cpu().numpy()


class _Block(nn.Module):
    """Causal self-attention and a feed-forward layer, each added to what it reads."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.embedding_size
        self.heads = shape.heads
        self.before_attention, self.before_feed_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.projections = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.widen = nn.Linear(width, shape.expansion * width)
        self.narrow = nn.Linear(shape.expansion * width, width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        hidden = hidden + self.dropout(self.out(self._attended(self.before_attention(hidden))))
        wide = functional.gelu(self.widen(self.before_feed_forward(hidden)))
        added: torch.Tensor = hidden + self.dropout(self.narrow(wide))
        return added

    def _attended(self, hidden: torch.Tensor) -> torch.Tensor:
        batch, length, width = hidden.shape
        split = self.projections(hidden).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return attended.transpose(1, 2).reshape(batch, length, width)


def new_network(shape: Shape, *, seed: int, item_factors: NDArray[np.float32] | None = None) -> Network:
    """Return an untrained network; torch's global generator is left as it was.

    Args:
        shape: its sizes.
        seed: of the random weights.
        item_factors: (I, F) with F up to the embedding size: where item embeddings begin, before a common scaling to
            the length of random ones; the rest of each stays random.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(shape)
    if item_factors is not None and item_factors.any():
        width = item_factors.shape[1]
        with torch.no_grad():
            weights = network.item_weights
            factors = torch.from_numpy(item_factors / np.sqrt(np.square(item_factors).mean()))
            weights[:, :width] = factors * weights.std() + 0.1 * weights[:, :width]
    return network


def save_network(network: Network, item_ids: Sequence[str], folder: Path, *, facts: Mapping[str, Any]) -> None:
    """Write weights and names into an existing folder.

    Args:
        network: to write.
        item_ids: names of its items, in order.
        folder: to write into.
        facts: plain values to keep beside them.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS_FILE)
    write_json(folder / NAMES_FILE, {"item_ids": list(item_ids), "shape": asdict(network.shape), "facts": dict(facts)})


def load_network(folder: Path) -> tuple[Network, list[str], dict[str, Any]]:
    """Return the network, the names of its items and the facts that ``save_network`` wrote.

    Raises:
        MissingArtefactError: nothing was saved there.
        DataError: the weights are not those of the shape beside them.
    """
    names = read_json(folder / NAMES_FILE, made_by="tune")
    path = require(folder / WEIGHTS_FILE, made_by="tune")
    network = Network(Shape(**names["shape"]))
    try:
        network.load_state_dict(load_file(path))
    except RuntimeError as error:
        reason = " ".join(str(error).split()).rstrip(".")
        message = f"{path} does not fit the shape in {NAMES_FILE} ({reason}). Delete both, run the stage 'tune' again."
        raise DataError(message) from error
    return network.eval(), list(names["item_ids"]), dict(names["facts"])


def load_item_vectors(folder: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Return item ids and their vectors (I, D) from a folder that ``save_network`` wrote.

    Raises:
        MissingArtefactError: nothing was saved there.
    """
    item_ids = list(read_json(folder / NAMES_FILE, made_by="tune")["item_ids"])
    weights = load_arrays(require(folder / WEIGHTS_FILE, made_by="tune"))[_ITEM_WEIGHTS]
    return item_ids, np.ascontiguousarray(weights[: len(item_ids)], dtype=np.float32)
