"""Invented evidence, shared by tests: six items at random places of every modality, with invented effects."""

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.evidence import EvidenceTable
from explainrec_models.parts.item_effects import ItemEffects
from explainrec_models.parts.item_space import ATTRIBUTES, MODALITIES, UNKNOWN, ItemSpace
from explainrec_models.parts.prototypes import Prototypes

ITEMS = 6


def table(
    seed: int = 0, *, vocabulary: tuple[str, ...] = (), attributes: NDArray[np.float32] | None = None
) -> EvidenceTable:
    """Return what counts the features of the six items, at random places or with attributes (ITEMS, vocabulary)."""
    generator = np.random.default_rng(seed)
    blocks = {}
    for name in MODALITIES:
        vectors = generator.normal(size=(ITEMS, 3)).astype(np.float32)
        # No item has less than nothing of an attribute.
        known = np.abs(vectors) if name == ATTRIBUTES else vectors
        blocks[name] = known / np.linalg.norm(known, axis=1, keepdims=True)
    if attributes is not None:
        blocks[ATTRIBUTES] = attributes
    names = vocabulary or ("field:a", "field:b", "field:c")
    space = ItemSpace((*"abcde", UNKNOWN), names, np.ones(len(names), dtype=np.float32), blocks, {})
    own, content, prior = (generator.normal(size=ITEMS).astype(np.float64) * 0.2 for _ in range(3))
    effects = ItemEffects(
        mean=0.5,
        own=own,
        content=content,
        prior=prior,
        trust=np.full(ITEMS, 0.4),
        support=np.arange(ITEMS, dtype=np.float64),
        weights=np.zeros(0),
        rated_weights=np.zeros(0),
    )
    centres = generator.normal(size=(2, 9))
    kinds = Prototypes(
        centres / np.linalg.norm(centres, axis=1)[:, None], generator.normal(size=(2, 9)), np.array([0.3, 0.7])
    )
    return EvidenceTable(space, effects, kinds)
