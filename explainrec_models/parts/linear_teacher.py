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
from scipy import linalg, sparse

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.data.outputs import read_json, require, write_json
from explainrec_models.parts.ease import ItemWeights, recency_weights
from explainrec_models.parts.explanation import Contribution, Explanation

METHOD = "exact linear"


@dataclass(frozen=True)
class LinearTeacher:
    """A fitted teacher. ``I`` items, ``A`` attributes.

    Attributes:
        item_ids: catalogue, in the order of the weights.
        attributes: names, ``field:value``.
        model: item-item weights and prior.
        membership: (I, A), 1 where an item has an attribute.
        strengths: (A,), ``theta`` above.
        decay: recency decay a liked item of age.
    """

    item_ids: tuple[str, ...]
    attributes: tuple[str, ...]
    model: ItemWeights
    membership: NDArray[np.float32]
    strengths: NDArray[np.float32]
    decay: float

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Row of each item."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    def weighted_history(self, history: History) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows of the liked items, oldest first, and their recency weights."""
        rows = [self.position[item] for item in history.liked_items() if item in self.position]
        return np.array(rows, dtype=np.int64), recency_weights(len(rows), self.decay)

    def score_all(self, histories: Sequence[History]) -> NDArray[np.float32]:
        """Return (B, I) scores of the whole catalogue."""
        dense = np.zeros((len(histories), len(self.item_ids)), dtype=np.float32)
        for row, history in enumerate(histories):
            positions, weights = self.weighted_history(history)
            np.add.at(dense[row], positions, weights)
        profile = dense @ self.membership
        overlap = profile @ (self.membership * self.strengths).T
        own = dense * (self.membership @ self.strengths)
        return self.model.scores(dense) + overlap - own

    def explain(self, history: History, item_ids: Iterable[str]) -> list[Explanation]:
        """Split each item's score into the contributions that sum to it."""
        positions, weights = self.weighted_history(history)
        return [self._explain_one(history, positions, weights, item_id) for item_id in item_ids]

    def _explain_one(
        self, history: History, positions: NDArray[np.int64], weights: NDArray[np.float32], item_id: str
    ) -> Explanation:
        item = self.position[item_id]
        direct = weights * self.model.weights[positions, item]
        others = positions != item
        owned = np.flatnonzero(self.membership[item])
        profile = weights[others] @ self.membership[np.ix_(positions[others], owned)]
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

    def save(self, folder: Path) -> None:
        """Write the weights and the names into an existing folder."""
        tensors = {
            "weights": self.model.weights,
            "prior": self.model.prior,
            "membership": self.membership,
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
        model = ItemWeights(tensors["weights"], tensors["prior"])
        return cls(
            tuple(names["item_ids"]),
            tuple(names["attributes"]),
            model,
            tensors["membership"],
            tensors["strengths"],
            names["decay"],
        )


def fit_attribute_strengths(
    likes: sparse.csr_array, model: ItemWeights, membership: NDArray[np.float32], *, regularisation: float
) -> NDArray[np.float32]:
    """Regress what EASE leaves unexplained on attribute overlap.

    ``min sum_{u,i} (X[u,i] - prior_i - (XB)[u,i] - sum_a theta_a T[i,a] (S[u,a] - X[u,i]))^2 + penalty |theta|^2``
    with ``S = X T``: the user's liked items of the attribute, the candidate itself left out.

    Args:
        likes: (U, I) matrix of likes.
        model: fitted item-item weights.
        membership: (I, A).
        regularisation: L2 penalty.

    Returns:
        (A,) strengths.
    """
    count = membership.shape[1]
    if count == 0:
        return np.zeros(0, dtype=np.float32)
    dense = likes.toarray()
    profiles = dense @ membership
    residual = dense - model.scores(likes)
    gram = regularisation * np.eye(count)
    target = np.zeros(count)
    for item in range(membership.shape[0]):
        owned = np.flatnonzero(membership[item])
        overlap = profiles[:, owned] - dense[:, [item]]
        gram[np.ix_(owned, owned)] += overlap.T @ overlap
        target[owned] += overlap.T @ residual[:, item]
    return linalg.solve(gram, target, assume_a="pos").astype(np.float32)
