"""The shop's users: two to four true reasons each, and the utility that follows from them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from generator import world
from generator.items import Item

Kind = Literal["visual", "popularity", "cross", "plain"]
POPULARITY = "popularity:bestseller"

FOLLOWER_SHARE = 0.18
"""Users who mostly buy what everybody buys."""
THEME_SHARE = 0.85
OPPOSITE_THEME_SHARE = 0.5
"""Of those who like a theme: who also dislike the one two places on in ``world.THEMES``."""
LOOK_SHARE = 0.7
OPPOSITE_LOOK_SHARE = 0.3
POPULARITY_SHARE = 0.35
PLAIN_SHARE = 0.25
"""Who have one plain reason more, and then again."""
DISLIKE_SHARE = 0.35
PLAIN_FIELDS = ("price_band", "material", "store")
FEWEST_REASONS, MOST_REASONS = 2, 4
WEIGHTS = (1.6, 2.8)
"""Smallest and largest strength of a reason."""
POPULARITY_WEIGHTS = (1.0, 1.6)
"""The same per standard score of appeal."""
FOLLOWER_WEIGHTS = (1.4, 2.2)
SIDE_WEIGHTS = (0.3, 0.8)
"""Strength of a follower's second reason."""


@dataclass(frozen=True)
class Reason:
    """Why a user likes (positive weight) or dislikes an item that has the attribute."""

    attribute: str
    weight: float

    @property
    def kind(self) -> Kind:
        """How a model could come to know it."""
        field = self.attribute.partition(":")[0]
        kinds: dict[str, Kind] = {"look": "visual", "popularity": "popularity", "theme": "cross"}
        return kinds.get(field, "plain")


@dataclass(frozen=True)
class User:
    """One person and everything that decides about their reviews."""

    user_id: str
    reasons: tuple[Reason, ...]
    category_odds: tuple[float, ...]
    cold: bool
    """Whether the first review falls after the test cut."""


def make_users(random: np.random.Generator) -> list[User]:
    """Draw all users, the cold ones at random places among them."""
    count = world.WARM_USERS + world.COLD_USERS
    cold = set(random.choice(count, size=world.COLD_USERS, replace=False).tolist())
    users = []
    for number in range(count):
        follower = bool(random.random() < FOLLOWER_SHARE)
        reasons = _follower_reasons(random) if follower else _reasons(random)
        odds = random.dirichlet([4.0] * len(world.CATEGORIES))
        users.append(User(f"SHOPPER{number + 1:04d}", reasons, tuple(odds.tolist()), number in cold))
    return users


def utility(users: list[User], items: list[Item]) -> NDArray[np.float64]:
    """Compute what each user thinks of each item before noise, centred on what the shop offers them.

    ``utility[u, i] = sum_a weight[u, a] * has[i, a] + popularity_weight[u] * appeal[i] - mean over items``:
    people grade against what they usually see.

    Returns:
        Shape (users, items).
    """
    attributes = [set(item.attributes()) for item in items]
    values = np.zeros((len(users), len(items)))
    for row, user in enumerate(users):
        for reason in user.reasons:
            if reason.kind == "popularity":
                strength = [item.appeal for item in items]
            else:
                strength = [float(reason.attribute in found) for found in attributes]
            values[row] += reason.weight * np.array(strength)
    centred: NDArray[np.float64] = values - values.mean(axis=1, keepdims=True)
    return centred


def _follower_reasons(random: np.random.Generator) -> tuple[Reason, ...]:
    band = str(random.choice(world.PRICE_BANDS))
    popularity = Reason(POPULARITY, _strength(FOLLOWER_WEIGHTS, random))
    return popularity, Reason(f"price_band:{band}", _strength(SIDE_WEIGHTS, random))


def _reasons(random: np.random.Generator) -> tuple[Reason, ...]:
    found: dict[str, float] = {}
    if random.random() < THEME_SHARE:
        found |= _taste("theme", world.THEMES, 1, OPPOSITE_THEME_SHARE, random)
    if random.random() < LOOK_SHARE:
        found |= _taste("look", world.LOOKS, _sign(random), OPPOSITE_LOOK_SHARE, random)
    if random.random() < POPULARITY_SHARE:
        found[POPULARITY] = _strength(POPULARITY_WEIGHTS, random)
    while len(found) < FEWEST_REASONS or (len(found) < MOST_REASONS and random.random() < PLAIN_SHARE):
        found.setdefault(_plain_attribute(random), round(_sign(random) * _strength(WEIGHTS, random), 2))
    return tuple(Reason(attribute, weight) for attribute, weight in list(found.items())[:MOST_REASONS])


def _taste(
    field: str, values: tuple[str, ...], sign: int, opposite_share: float, random: np.random.Generator
) -> dict[str, float]:
    """Draw one value and, for some, its opposite with the other sign."""
    position = int(random.integers(len(values)))
    found = {f"{field}:{values[position]}": sign * _strength(WEIGHTS, random)}
    if random.random() < opposite_share:
        opposite = values[(position + 2) % len(values)]
        found[f"{field}:{opposite}"] = -sign * _strength(WEIGHTS, random)
    return found


def _plain_attribute(random: np.random.Generator) -> str:
    field = str(random.choice(PLAIN_FIELDS))
    category = str(random.choice(world.CATEGORIES))
    values = {
        "price_band": world.PRICE_BANDS,
        "material": world.MATERIALS[category],
        "store": world.STORES[category],
    }[field]
    return f"{field}:{random.choice(values)}"


def _sign(random: np.random.Generator) -> int:
    return -1 if random.random() < DISLIKE_SHARE else 1


def _strength(bounds: tuple[float, float], random: np.random.Generator) -> float:
    return round(float(random.uniform(*bounds)), 2)
