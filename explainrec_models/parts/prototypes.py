"""A knowledge base of universal preferences: kinds of people among those trained on, each with what it likes in items.

People are clustered by what content they like beyond expectation (k-means over unit profiles); each kind keeps a ridge
regression of its people's residuals on content, shrunk towards nothing. Nothing of it needs an id: a stranger is
compared with the kinds by the profile of a few rows. Mixtures of
taste groups are an old idea (Hofmann, "Latent semantic models for collaborative filtering", TOIS 2004); their use as
knowledge that carries over to cold people, cold items and other catalogues, and every choice here, are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.item_effects import Ratings
from explainrec_models.parts.matrices import Matrix

Floats = NDArray[np.float64]

FEWEST_ROWS = 5
"""Rows a person must have to shape a kind."""
DOUBT_ROWS = 5.0
"""Rows of a stranger at which the kinds are told apart half as sharply as they can be."""
SHARPNESS = 6.0
RIDGE = 100.0
STARTS = 4
TINY = 1e-9


@dataclass(frozen=True)
class Prototypes:
    """Kinds of people. ``K`` kinds, ``F`` content features.

    Attributes:
        centres: unit profile of each kind (K, F).
        tastes: what a unit of each content feature adds to a like, beyond item and person (K, F).
        shares: of the people (K).
    """

    centres: Floats
    tastes: Floats
    shares: Floats

    def resembling(self, pulls: Floats, lengths: Floats, rows: Floats) -> Floats:
        """Return how much people are of each kind (B, K), summing to one.

        Args:
            pulls: products of their profiles with the centres (B, K); a profile is the sum of the content of the items,
                each weighted by what it was liked beyond expectation.
            lengths: of the profiles (B).
            rows: of the history (B).
        """
        trust = SHARPNESS * rows / (rows + DOUBT_ROWS) / np.maximum(lengths, TINY)
        leaning = trust[:, None] * pulls
        weights = self.shares * np.exp(leaning - leaning.max(axis=1, keepdims=True))
        return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), TINY), dtype=np.float64)

    def affinity(self, resemblance: Floats, content: Matrix) -> Floats:
        """Return what people of mixed kind like in candidates beyond expectation (B, C).

        Args:
            resemblance: of the people (B, K).
            content: of the candidates (C, F).
        """
        return np.asarray(np.linalg.multi_dot([resemblance, self.tastes, content.T]), dtype=np.float64)

    def profiles(self, names: Sequence[str], length: int = 3) -> list[tuple[float, list[str], list[str]]]:
        """Return share, best liked and least liked attributes of each kind, in descending order of share.

        Args:
            names: of the leading content features.
            length: attributes a list.
        """
        found = []
        for kind in np.argsort(-self.shares, kind="stable"):
            order = np.argsort(self.tastes[kind, : len(names)], kind="stable")
            best, worst = order[::-1][:length], order[:length]
            found.append(
                (float(self.shares[kind]), [names[place] for place in best], [names[place] for place in worst])
            )
        return found


def nobody(features: int) -> Prototypes:
    """Return a knowledge base that knows one kind of people, who like everything as much."""
    return Prototypes(np.zeros((1, features)), np.zeros((1, features)), np.ones(1))


def build_prototypes(rows: Ratings, deviations: Floats, content: Matrix, *, kinds: int, seed: int) -> Prototypes:
    """Cluster people and fit the taste of each kind.

    Args:
        rows: training rows (N).
        deviations: what each was liked beyond item and person (N).
        content: of the catalogue (I, F).
        kinds: at most so many.
        seed: of the clustering.
    """
    from sklearn.cluster import KMeans

    count = int(rows.users.max(initial=-1)) + 1
    profiles = np.zeros((count, content.shape[1]))
    np.add.at(profiles, rows.users, deviations[:, None] * content[rows.items])
    lengths = np.linalg.norm(profiles, axis=1)
    able = np.flatnonzero((np.bincount(rows.users, minlength=count) >= FEWEST_ROWS) & (lengths > TINY))
    if kinds < 1 or len(able) < FEWEST_ROWS * kinds:
        return nobody(content.shape[1])
    units = profiles[able] / lengths[able, None]
    found = KMeans(kinds, n_init=STARTS, random_state=seed, algorithm="lloyd").fit(units)
    kind_of = np.full(count, -1)
    kind_of[able] = found.labels_
    centres = found.cluster_centers_ / np.maximum(np.linalg.norm(found.cluster_centers_, axis=1), TINY)[:, None]
    tastes = [_taste(rows, deviations, content, kind_of[rows.users] == kind) for kind in range(kinds)]
    return Prototypes(centres, np.stack(tastes), np.bincount(found.labels_, minlength=kinds) / len(able))


def _taste(rows: Ratings, deviations: Floats, content: Matrix, mine: NDArray[np.bool_]) -> Floats:
    features = content[rows.items[mine]].astype(np.float64)
    gram = features.T @ features + RIDGE * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(gram, features.T @ deviations[mine]), dtype=np.float64)
