"""What attributes say is taken out of embeddings; what they leave is what components are of."""

import numpy as np

from explainrec_models.parts.beyond_attributes import DOUBT, attribute_weights
from explainrec_models.parts.reduction import Reduction

GENERATOR = np.random.default_rng(0)
HAS = np.arange(60)[:, None] % np.array([2, 3]) == 0
NOTHING = np.zeros((60, 0), dtype=np.bool_)


def test_weights_are_those_of_ridge_regression() -> None:
    """One attribute of half the items, one column of 1 where it is there and 0 elsewhere: 15 / (15 + DOUBT)."""
    has = HAS[:, :1]
    centre, weights = attribute_weights(has, has.astype(np.float32))
    expected = 15 / (15 + DOUBT)
    np.testing.assert_allclose(weights, [[expected]], atol=1e-6)
    np.testing.assert_allclose(centre, [0.5 - 0.5 * expected], atol=1e-6)


def test_without_attributes_the_centre_is_the_mean() -> None:
    vectors = GENERATOR.normal(size=(60, 3)).astype(np.float32)
    centre, weights = attribute_weights(NOTHING, vectors)
    np.testing.assert_allclose(centre, vectors.mean(axis=0), atol=1e-6)
    assert weights.shape == (0, 3)
    assert not attribute_weights(HAS[:0], vectors[:0])[0].any()


def test_the_same_picture_of_another_kind_is_the_same_component() -> None:
    """What an attribute does to the embedding is gone, but for what the doubt leaves of it."""
    own = GENERATOR.normal(size=(60, 5))
    shift = 3 * np.eye(5)[0]
    vectors = (own + HAS[:, :1] * shift).astype(np.float32)
    present = np.ones(60, dtype=np.bool_)
    plain = Reduction.fit(vectors, present, NOTHING, 5).apply(vectors, present, NOTHING)
    clean = Reduction.fit(vectors, present, HAS, 5).apply(vectors, present, HAS)

    def apart(block: np.ndarray) -> float:
        return float(np.linalg.norm(block[HAS[:, 0]].mean(axis=0) - block[~HAS[:, 0]].mean(axis=0)))

    assert apart(clean) < apart(plain) / 2
    np.testing.assert_allclose(np.linalg.norm(clean, axis=1), 1, atol=1e-5)


def test_what_is_not_there_is_nothing() -> None:
    vectors = GENERATOR.normal(size=(60, 5)).astype(np.float32)
    present = np.arange(60) > 0
    found = Reduction.fit(vectors, present, HAS, 2).apply(vectors, present, HAS)
    assert not found[0].any()
    assert found[1:].any(axis=1).all()
