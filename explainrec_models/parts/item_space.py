"""What is known of items, one block of unit vectors a modality: attributes, words, picture, collaborative taste.

Attributes are weighted by inverse document frequency; words and pictures are reduced to principal components, pictures
to those of what attributes leave of them (``parts/reduction.py``); the taste block holds the leading item factors of
what training users liked beyond expectation (truncated SVD of the residuals, as in PureSVD, Cremonesi et al., RecSys
2010). A block of zeros means that nothing is known: a missing picture, an item without training rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from explainrec_models.parts.matrices import Matrix, unit
from explainrec_models.parts.reduction import Reduction

ATTRIBUTES, WORDS, PICTURE, TASTE, AUDIENCE = "attributes", "words", "picture", "taste", "audience"
MODALITIES = (ATTRIBUTES, WORDS, PICTURE, TASTE, AUDIENCE)
COUNTED = (TASTE, AUDIENCE)
"""Those that come from training rows: an item that nobody has rated has none."""

UNKNOWN = ""
"""Id of the last item of every space, of which nothing is known: whatever the catalogue does not hold."""


@dataclass(frozen=True)
class ItemSpace:
    """Blocks of a catalogue. ``I`` items.

    Attributes:
        item_ids: (I), ``UNKNOWN`` last.
        vocabulary: attributes that have a column.
        idf: square root of the inverse document frequency of each of them.
        blocks: modality to unit vectors (I, D of the modality).
        reductions: of the modalities that come from embeddings.
    """

    item_ids: tuple[str, ...]
    vocabulary: tuple[str, ...]
    idf: Matrix
    blocks: Mapping[str, Matrix]
    reductions: Mapping[str, Reduction]
    position: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the items."""
        object.__setattr__(self, "position", {item: place for place, item in enumerate(self.item_ids)})

    def content(self) -> NDArray[np.float64]:
        """Return what does not come from other people (I, F): attributes as 0 or 1, words and picture."""
        known = (self.blocks[ATTRIBUTES] > 0, self.blocks[WORDS], self.blocks[PICTURE])
        return np.hstack([block.astype(np.float64) for block in known])

    def described(self) -> Matrix:
        """Return the same in unit vectors side by side, as the blocks hold it (I, F)."""
        return np.hstack([self.blocks[name] for name in MODALITIES if name not in COUNTED])

    def with_blocks(self, **blocks: Matrix) -> "ItemSpace":
        """Return the space with other blocks, by modality."""
        return replace(self, blocks={**self.blocks, **blocks})

    def without(self, modalities: Sequence[str]) -> "ItemSpace":
        """Return the space with nothing known in some modalities."""
        return replace(
            self,
            blocks={name: block * np.float32(name not in modalities) for name, block in self.blocks.items()},
        )

    def has(self, attributes: Sequence[str]) -> NDArray[np.bool_]:
        """Return which attributes of the vocabulary are named (1, A)."""
        return np.isin(np.array(self.vocabulary, dtype=object), list(attributes))[None]

    def with_item(
        self, item_id: str, attributes: Sequence[str], words: Matrix | None, picture: Matrix | None
    ) -> "ItemSpace":
        """Return the space with one more item, which nobody has rated.

        Args:
            item_id: must be new.
            attributes: those outside the vocabulary are not read.
            words: raw text embedding, None without words.
            picture: raw picture embedding, None without one.
        """
        assert item_id not in self.position, item_id
        has = self.has(attributes)
        rows = {ATTRIBUTES: unit(has * self.idf)}
        for name, vector in ((WORDS, words), (PICTURE, picture)):
            width = len(self.reductions[name].centre)
            raw = np.zeros((1, width), dtype=np.float32) if vector is None else vector[None]
            rows[name] = self.reductions[name].apply(raw, np.array([vector is not None]), has)
        for name in COUNTED:
            rows[name] = np.zeros((1, self.blocks[name].shape[1]), dtype=np.float32)
        blocks = {name: np.vstack([block[:-1], rows[name], block[-1:]]) for name, block in self.blocks.items()}
        return replace(self, item_ids=(*self.item_ids[:-1], item_id, UNKNOWN), blocks=blocks)


def build_item_space(
    item_ids: Sequence[str],
    attributes: Sequence[Sequence[str]],
    embeddings: Mapping[str, tuple[Matrix, NDArray[np.bool_]]],
    *,
    sizes: Mapping[str, int],
    fewest: int,
) -> ItemSpace:
    """Build the blocks that need no ratings; the block of taste is empty until ``with_taste``.

    Args:
        item_ids: of the catalogue, without ``UNKNOWN``.
        attributes: of each item.
        embeddings: of ``WORDS`` and ``PICTURE``: vectors (I, R) and which of them are real (I).
        sizes: components to keep of each, and of taste.
        fewest: items an attribute must have to get a column.
    """
    vocabulary, has = attribute_table([*attributes, ()], fewest=fewest)
    idf = inverse_frequencies(has)
    reductions, blocks = {}, {ATTRIBUTES: unit(has * idf)}
    for name in (WORDS, PICTURE):
        vectors, present = embeddings[name]
        vectors = np.vstack([vectors, np.zeros((1, vectors.shape[1]), dtype=np.float32)])
        present = np.append(present, False)
        # Words that repeat attributes are left as they are: validation rows like them so.
        reductions[name] = Reduction.fit(vectors, present, has & (name == PICTURE), min(sizes[name], vectors.shape[1]))
        blocks[name] = reductions[name].apply(vectors, present, has)
    for name in COUNTED:
        blocks[name] = np.zeros((len(has), sizes[name]), dtype=np.float32)
    return ItemSpace((*item_ids, UNKNOWN), vocabulary, idf, blocks, reductions)


def attribute_table(attributes: Sequence[Sequence[str]], *, fewest: int) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Return the attributes that at least so many items have, and which item has which (I, A)."""
    counts = Counter(value for values in attributes for value in set(values))
    vocabulary = tuple(sorted(value for value, count in counts.items() if count >= fewest))
    place = {value: column for column, value in enumerate(vocabulary)}
    has = np.zeros((len(attributes), len(vocabulary)), dtype=np.bool_)
    for row, values in enumerate(attributes):
        has[row, [place[value] for value in values if value in place]] = True
    return vocabulary, has


def inverse_frequencies(has: NDArray[np.bool_]) -> Matrix:
    """Return the root of the inverse document frequency of attributes (A) in a catalogue, ``UNKNOWN`` last (I, A)."""
    found = np.sqrt(np.log((len(has) - 1) / has.sum(axis=0)))
    return np.asarray(np.maximum(found, 1e-3), dtype=np.float32)


def taste_vectors(
    users: NDArray[np.intp], items: NDArray[np.intp], residuals: NDArray[np.float64], shape: tuple[int, int], size: int
) -> Matrix:
    """Return unit item factors (I, size) of a residual matrix; zeros for items without rows.

    Args:
        users: of each row (N).
        items: of each row (N).
        residuals: what a like exceeds its expectation by (N).
        shape: numbers of users and items.
        size: factors.
    """
    matrix = sparse.csr_array((residuals, (users, items)), shape=shape)
    rank = min(size, min(shape) - 1)
    factors = np.zeros((shape[1], size), dtype=np.float32)
    if rank >= 1 and matrix.nnz:
        # The start vector decides the sign of factors; a fixed one gives the same bytes every time.
        _, values, right = svds(matrix, k=rank, v0=np.full(min(shape), 1.0), random_state=0)
        factors[:, :rank] = (right * values[:, None]).T
    return unit(factors)


def audience_vectors(users: NDArray[np.intp], items: NDArray[np.intp], shape: tuple[int, int], size: int) -> Matrix:
    """Return unit item factors (I, size) of who rated what, whatever they thought of it; zeros without rows.

    Args:
        users: of each row (N).
        items: of each row (N).
        shape: numbers of users and items.
        size: factors.
    """
    # Each row counts less the more rows its user and its item have, as in a normalised graph: otherwise the factors
    # would only tell busy from idle.
    scale = 1 / np.sqrt(
        np.bincount(users, minlength=shape[0])[users] * np.bincount(items, minlength=shape[1])[items].astype(np.float64)
    )
    return taste_vectors(users, items, scale, shape, size)
