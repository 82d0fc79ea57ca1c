"""The linear model of evidence: unrated items get a column of their own where validation rows say that it pays."""

import numpy as np
from numpy.typing import NDArray

from explainrec_models.parts.evidence import FEATURES, UNRATED, Past
from explainrec_models.parts.linear_evidence import LinearEvidence, solved
from explainrec_models.parts.sessions import Session, questions

SUPPORT, APART = FEATURES.index("item_support"), FEATURES.index(UNRATED)
QUESTIONS = 400
Floats = NDArray[np.float64]


def asked(slope: float, seed: int) -> tuple[Floats, Floats]:
    """Return questions about items of which a fifth is unrated, and answers that follow how many rated the others."""
    generator = np.random.default_rng(seed)
    features = np.zeros((QUESTIONS, len(FEATURES)))
    features[:, SUPPORT] = generator.uniform(1, 3, QUESTIONS)
    odds = slope * (features[:, SUPPORT] - 2)
    unrated = generator.random(QUESTIONS) < 0.2
    features[unrated, SUPPORT], features[unrated, APART], odds[unrated] = 0, 1, 0
    return features, (generator.random(QUESTIONS) < 1 / (1 + np.exp(-odds))).astype(np.float64)


def session(features: Floats, liked: Floats) -> Session:
    nothing = Past(np.zeros(0, dtype=np.intp), np.zeros(0))
    one = questions(nothing, np.zeros(len(liked), dtype=np.intp), features.astype(np.float32))
    return Session(**{**vars(one), "liked": liked})


def test_unrated_items_stand_apart_where_many_ratings_speak_for_later_items_too() -> None:
    training, valid = asked(3.0, 1), session(*asked(3.0, 2))
    linear, apart = solved(*training, [valid], strength=0.3)
    assert apart
    together, _ = solved(*training, [session(*asked(-3.0, 2))], strength=0.3)
    assert linear.weights[SUPPORT] > 2 * together.weights[SUPPORT]
    assert linear.loss([valid]) < together.loss([valid])


def test_they_do_not_where_validation_rows_say_the_opposite_of_training_rows() -> None:
    linear, apart = solved(*asked(3.0, 1), [session(*asked(-3.0, 2))], strength=0.3)
    assert not apart
    assert linear.weights[APART] == 0


def test_without_validation_rows_they_stand_apart() -> None:
    features, liked = asked(3.0, 1)
    linear, apart = solved(features, liked, [], strength=0.3)
    assert apart
    np.testing.assert_array_equal(linear.weights, LinearEvidence.fit(features, liked, 0.3).weights)


def test_the_loss_is_that_of_the_odds_by_hand() -> None:
    features, liked = np.zeros((2, len(FEATURES))), np.array([1.0, 0.0])
    features[:, SUPPORT] = (3.0, 1.0)
    weights = np.zeros(len(FEATURES))
    weights[SUPPORT] = 0.5
    linear = LinearEvidence(np.full(len(FEATURES), 1.0), np.full(len(FEATURES), 2.0), weights, 0.25)
    # Odds of 0.5 * (3 - 1) / 2 + 0.25 and 0.25.
    expected = (np.log1p(np.exp(-0.75)) + np.log1p(np.exp(0.25))) / 2
    np.testing.assert_allclose(linear.loss([session(features, liked)]), expected, rtol=1e-6)
