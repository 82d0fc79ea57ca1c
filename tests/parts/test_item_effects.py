"""Item effects: by hand where there is one user a row, content for items without rows, order does not matter."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.parts.item_effects import ItemEffects, Ratings, fit_item_effects


def ratings(*rows: tuple[int, int, int]) -> Ratings:
    users, items, liked = (np.array(column) for column in zip(*rows, strict=True))
    return Ratings(users, items, liked.astype(np.float64))


def fitted(
    rows: Ratings, content: np.ndarray[tuple[int, int], np.dtype[np.float64]], *, user_rows: float = 1e9
) -> ItemEffects:
    users = int(rows.users.max()) + 1
    return fit_item_effects(
        rows, content, nothing(len(content)), users=users, user_rows=user_rows, item_rows=2.0, penalty=1e9
    )


def nothing(items: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.zeros((items, 1))


def test_without_user_levels_and_content_an_effect_is_a_shrunk_mean() -> None:
    rows = ratings((0, 0, 1), (1, 0, 1), (2, 1, 0), (3, 1, 1))
    effects = fitted(rows, np.zeros((3, 1)))
    # The mean is 3/4; item 0 lies 1/4 above it in two rows, shrunk by two imaginary rows.
    assert effects.mean == 0.75
    np.testing.assert_allclose(effects.total, [0.5 / 4, -0.5 / 4, 0.0], atol=1e-6)
    np.testing.assert_allclose(effects.trust, [0.5, 0.5, 1.0])


def test_a_lenient_person_s_like_says_less() -> None:
    lenient = [(0, item, 1) for item in range(2, 12)]
    rows = ratings((0, 0, 1), *lenient, (1, 1, 1), *((1, item, 0) for item in range(2, 12)))
    effects = fit_item_effects(rows, np.zeros((12, 1)), nothing(12), users=2, user_rows=1.0, item_rows=2.0, penalty=1.0)
    assert effects.total[1] > effects.total[0]


def test_an_unrated_item_is_what_its_content_predicts() -> None:
    content = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    rows = ratings(*((user, item, int(item < 2)) for user in range(6) for item in range(4)))
    effects = fit_item_effects(rows, content, nothing(5), users=6, user_rows=5.0, item_rows=2.0, penalty=0.1)
    assert effects.support[4] == 0
    assert effects.total[4] == effects.content[4] > 0.2
    assert effects.total[4] == pytest.approx(float(content[4] @ effects.weights))


def test_who_rated_an_item_speaks_for_it_only_where_somebody_did() -> None:
    # Items 0 to 3 were rated; those of the first audience are liked. Items 4 and 5 have no rows.
    audience = np.array([[1.0], [1.0], [-1.0], [-1.0], [1.0], [0.0]])
    rows = ratings(*((user, item, int(item < 2)) for user in range(6) for item in range(4)))
    effects = fit_item_effects(rows, nothing(6), audience, users=6, user_rows=5.0, item_rows=2.0, penalty=0.1)
    assert effects.prior[0] > 0.2 > -0.2 > effects.prior[2]
    np.testing.assert_allclose(effects.prior[:4], audience[:4, 0] * effects.rated_weights[1])
    np.testing.assert_array_equal(effects.total[4:], 0)


def test_a_new_item_goes_in_front_of_the_last_one() -> None:
    content = np.array([[1.0], [0.0]])
    effects = fit_item_effects(
        ratings((0, 0, 1), (1, 0, 1), (1, 1, 0)),
        content,
        nothing(2),
        users=2,
        user_rows=5.0,
        item_rows=2.0,
        penalty=0.1,
    )
    wider = effects.with_new(np.array([1.0]))
    np.testing.assert_array_equal(wider.total[[0, 2]], effects.total)
    assert wider.total[1] == pytest.approx(float(effects.weights[0]))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=30), st.randoms()
)
def test_the_order_of_rows_means_nothing(rows: list[tuple[int, int, int]], random: Random) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)
    content = np.eye(4)
    settings: dict[str, Any] = {"users": 5, "user_rows": 5.0, "item_rows": 8.0, "penalty": 10.0}
    one, other = (fit_item_effects(ratings(*each), content, np.eye(4)[:, :2], **settings) for each in (rows, shuffled))
    np.testing.assert_allclose(one.total, other.total, atol=1e-9)
    assert np.isfinite(one.total).all()
