"""The linear teacher: EASE with recency decay, an intercept and attribute weights, all exactly additive.

``score(u, i) = prior_i + sum_h w_h B[h, i] + sum_a theta_a T[i, a] sum_h w_h T[h, a]`` over the liked items ``h`` of
the history, with ``w_h = decay^age``. Every term is a contribution: of a history item, of an attribute, of the prior. A
history item equal to the candidate is left out of the attribute sums, as EASE's zero diagonal leaves it out of the
first.

EASE: Steck (arXiv 1905.03375). The attribute term is ours: a ridge regression of what EASE leaves unexplained on the
overlap of attributes (side information beside EASE: Jeunen et al., "Closed-Form Models for Collaborative Filtering with
Side-Information", RecSys 2020).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy import sparse

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import read_json, require, write_json
from explainrec_models.parts.ease import ItemWeights, cells, recency_weights
from explainrec_models.parts.explanation import Contribution, Explanation

METHOD = "exact linear"
SLOTS = (schema.PRIOR, schema.HISTORY, schema.ATTRIBUTE)
"""Order of the contributions of one example."""
_CHUNK = 128
"""Users scored at once."""


@dataclass(frozen=True)
class Windows:
    """Rows to explain, each with its history; ``E`` rows, ``H`` history rows of all of them end to end.

    Attributes:
        items: (E,) rows of the catalogue.
        lengths: (E,) history rows of each.
        history: (H,) rows of the catalogue, oldest first within a window.
        liked: (H,) whether the user liked them.
    """

    items: NDArray[np.int64]
    lengths: NDArray[np.int64]
    history: NDArray[np.int64]
    liked: NDArray[np.bool_]


@dataclass(frozen=True)
class Contributions:
    """Signed contributions of many rows as columns; ``R`` contributions of ``E`` rows.

    Attributes:
        example: (R,) the row of each, rising; within a row in the order of ``SLOTS``.
        slot: (R,) place in ``SLOTS``.
        source: (R,) row of the catalogue, column of the attributes, or 0 for the prior.
        value: (R,).
        score: (E,) of each row.
    """

    example: NDArray[np.int64]
    slot: NDArray[np.int8]
    source: NDArray[np.int64]
    value: NDArray[np.float64]
    score: NDArray[np.float64]


@dataclass(frozen=True)
class LinearTeacher:
    """A fitted teacher. ``I`` items, ``A`` attributes.

    Attributes:
        item_ids: catalogue, in the order of the weights.
        attributes: names, ``field:value``.
        model: item-item weights and prior.
        membership: (I, A), 1 where an item has an attribute; columns in rising order within a row.
        strengths: (A,), ``theta`` above.
        decay: recency decay a liked item of age.
    """

    item_ids: tuple[str, ...]
    attributes: tuple[str, ...]
    model: ItemWeights
    membership: sparse.csr_array
    strengths: NDArray[np.float32]
    decay: float

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Row of each item."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    @cached_property
    def _to_items(self) -> sparse.csr_array:
        """(A, I): what a like of an attribute adds to each item."""
        return sparse.csr_array((self.membership * self.strengths).T)

    def weighted_history(self, history: History) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows of the liked items, oldest first, and their recency weights."""
        rows = [self.position[item] for item in history.liked_items() if item in self.position]
        return np.array(rows, dtype=np.int64), recency_weights(len(rows), self.decay)

    def score_all(self, histories: Sequence[History]) -> NDArray[np.float32]:
        """Return (B, I) scores of the whole catalogue."""
        scores = np.empty((len(histories), len(self.item_ids)), dtype=np.float32)
        own = self.membership @ self.strengths
        for start in range(0, len(histories), _CHUNK):
            liked = self._liked(histories[start : start + _CHUNK])
            chunk = scores[start : start + _CHUNK]
            chunk[:] = self.model.scores(liked)
            chunk += ((liked @ self.membership) @ self._to_items).toarray()
            rows = np.repeat(np.arange(liked.shape[0]), np.diff(liked.indptr))
            chunk[rows, liked.indices] -= liked.data * own[liked.indices]
        return scores

    def _liked(self, histories: Sequence[History]) -> sparse.csr_array:
        parts = [self.weighted_history(history) for history in histories]
        rows = np.repeat(np.arange(len(parts)), [len(positions) for positions, _ in parts])
        columns = np.concatenate([positions for positions, _ in parts])
        weights = np.concatenate([weights for _, weights in parts])
        # Repeated items are summed by the conversion.
        return sparse.csr_array(sparse.coo_array((weights, (rows, columns)), shape=(len(parts), len(self.item_ids))))

    def explain(self, history: History, item_ids: Iterable[str]) -> list[Explanation]:
        """Split each item's score into the contributions that sum to it."""
        positions, weights = self.weighted_history(history)
        return [self._explain_one(history, positions, weights, item_id) for item_id in item_ids]

    def _explain_one(
        self, history: History, positions: NDArray[np.int64], weights: NDArray[np.float32], item_id: str
    ) -> Explanation:
        item = self.position[item_id]
        direct = weights * self.model.between(positions, np.full_like(positions, item))
        others = positions != item
        owned = self.membership.indices[self.membership.indptr[item] : self.membership.indptr[item + 1]]
        profile = (weights[others] @ self.membership[positions[others]])[owned]
        by_attribute = self.strengths[owned] * profile
        by_item: dict[str, float] = dict.fromkeys(history.item_ids, 0.0)
        for position, value in zip(positions, direct, strict=True):
            by_item[self.item_ids[position]] += float(value)
        prior = float(self.model.prior[item])
        contributions = [
            Contribution(schema.PRIOR, schema.PRIOR, prior),
            *(Contribution(schema.HISTORY, source, value) for source, value in by_item.items()),
            *(
                Contribution(schema.ATTRIBUTE, self.attributes[column], float(value))
                for column, value in zip(owned, by_attribute, strict=True)
            ),
        ]
        score = prior + float(direct.sum()) + float(by_attribute.sum())
        return Explanation(history.user_id, item_id, score, tuple(contributions), METHOD)

    def explain_windows(self, windows: Windows) -> Contributions:
        """Split the score of each row as ``explain`` does, for all rows at once."""
        count = len(windows.items)
        example = np.repeat(np.arange(count), windows.lengths)
        weights = self._recency(windows, example)
        candidates = np.repeat(windows.items, windows.lengths)
        direct = (weights * self.model.between(windows.history, candidates)).astype(np.float64)
        # An item that is in a window twice is cited once, where it stands first.
        pair = example * len(self.item_ids) + windows.history
        _, first, group = np.unique(pair, return_index=True, return_inverse=True)
        cited = np.sort(first)
        by_item = np.bincount(group, direct, minlength=len(first))[group[cited]]
        owner, column, by_attribute = self._by_attribute(windows, example, weights * (windows.history != candidates))
        prior = self.model.prior[windows.items].astype(np.float64)
        score = (
            prior + np.bincount(example, direct, minlength=count) + np.bincount(owner, by_attribute, minlength=count)
        )
        examples = np.concatenate([np.arange(count), example[cited], owner])
        order = np.argsort(examples, kind="stable")
        slot = np.repeat(np.arange(len(SLOTS), dtype=np.int8), [count, len(cited), len(owner)])
        source = np.concatenate([np.zeros(count, dtype=np.int64), windows.history[cited], column])
        value = np.concatenate([prior, by_item, by_attribute])
        return Contributions(examples[order], slot[order], source[order], value[order], score)

    def _recency(self, windows: Windows, example: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return (H,) weights: ``decay`` to the number of later likes in the window, 0 for what was not liked."""
        likes = np.cumsum(windows.liked)
        until_end = np.concatenate([[0], likes])[np.cumsum(windows.lengths)]
        age = (until_end[example] - likes).astype(np.float32)
        return np.power(np.float32(self.decay), age) * windows.liked

    def _by_attribute(
        self, windows: Windows, example: NDArray[np.int64], weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return example, column and contribution of every attribute that each row's item has."""
        owned = self.membership[windows.items]
        owner = np.repeat(np.arange(len(windows.items)), np.diff(owned.indptr))
        shape = (len(windows.items), len(self.item_ids))
        liked = sparse.csr_array(sparse.coo_array((weights, (example, windows.history)), shape=shape))
        profile = sparse.csr_array(liked @ self.membership)
        columns = owned.indices.astype(np.int64)
        value = self.strengths[columns] * cells(profile, owner, columns)
        return owner, columns, value.astype(np.float64)

    def save(self, folder: Path) -> None:
        """Write the weights and the names into an existing folder."""
        tensors = {
            **_parts("weights", self.model.weights),
            "prior": self.model.prior,
            "unexplained": self.model.unexplained,
            **_parts("membership", self.membership),
            "strengths": self.strengths,
        }
        contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
        save_file(contiguous, folder / "teacher.safetensors")
        names = {"item_ids": list(self.item_ids), "attributes": list(self.attributes), "decay": self.decay}
        write_json(folder / "teacher.json", names)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            MissingArtefactError: nothing was saved there.
        """
        names = read_json(folder / "teacher.json", made_by="attribution_labels")
        tensors = load_file(require(folder / "teacher.safetensors", made_by="attribution_labels"))
        items, attributes = len(names["item_ids"]), len(names["attributes"])
        dense = tensors.get("weights")
        weights = _whole(tensors, "weights", (items, items)) if dense is None else dense
        return cls(
            tuple(names["item_ids"]),
            tuple(names["attributes"]),
            ItemWeights(weights, tensors["prior"], tensors["unexplained"]),
            _whole(tensors, "membership", (items, attributes)),
            tensors["strengths"],
            names["decay"],
        )


def _parts(name: str, matrix: NDArray[np.float32] | sparse.csr_array) -> dict[str, NDArray[np.generic]]:
    if isinstance(matrix, np.ndarray):
        return {name: matrix}
    return {f"{name}.data": matrix.data, f"{name}.indices": matrix.indices, f"{name}.indptr": matrix.indptr}


def _whole(tensors: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, int]) -> sparse.csr_array:
    parts = tuple(tensors[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return sparse.csr_array(parts, shape=shape)
