"""The shop's reviews: who met which item when, how they rated it and the reasons they gave."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from generator import world
from generator.items import Item
from generator.texts import review_text, review_title
from generator.users import User

WARM_REVIEWS = (30, 42)
COLD_REVIEWS = (5, 9)
CHOICE_BY_UTILITY = 0.22
"""How much people look for what they like, against chance."""
CHOICE_BY_APPEAL = 0.8
"""How much more often people come across popular items."""
NEW_ITEM_BOOST = 0.7
NOISE = 1.3
THRESHOLDS = (-1.1, -0.3, 0.5, 1.6)
"""Utility with noise from which a rating is 2, 3, 4 and 5."""
EARLY_DAYS = 0.4
"""How much denser the first days are than the last: activity fades slightly, as it does for real users."""
DUPLICATES = 3
VARIANT_SHARE = 0.2
VERIFIED_SHARE = 0.9
PHOTO_SHARE = 0.01
MILLISECONDS_A_DAY = 86_400_000


@dataclass(frozen=True)
class Review:
    """One line of a review file, before it is spelled as JSON."""

    user_id: str
    item: Item
    timestamp: int
    rating: int
    title: str
    text: str
    variant: int
    """0 for the parent item itself, else the number of its variant."""
    helpful_vote: int
    verified: bool
    pictured: bool
    """Whether the reviewer attached a photo."""


def make_reviews(
    users: list[User], items: list[Item], utility: NDArray[np.float64], random: np.random.Generator
) -> list[Review]:
    """Draw all reviews, user by user and oldest first within each; a few come twice."""
    reviews: list[Review] = []
    for row, user in enumerate(users):
        reviews += _reviews_of(user, items, utility[row], random)
    return _with_duplicates(reviews, random)


def _reviews_of(
    user: User, items: list[Item], utility: NDArray[np.float64], random: np.random.Generator
) -> list[Review]:
    launch = np.array([item.launch_day for item in items])
    odds = dict(zip(world.CATEGORIES, user.category_odds, strict=True))
    pull = CHOICE_BY_UTILITY * utility + np.array(
        [CHOICE_BY_APPEAL * item.appeal + np.log(odds[item.category]) for item in items]
    )
    pull += NEW_ITEM_BOOST * (launch > 0)
    chosen: list[Review] = []
    met = np.zeros(len(items), dtype=bool)
    for moment in _moments(user, random):
        open_now = ~met & (launch <= moment // MILLISECONDS_A_DAY)
        # Adding Gumbel noise and taking the largest draws from the softmax of the pulls.
        position = int(np.argmax(np.where(open_now, pull + random.gumbel(size=len(items)), -np.inf)))
        met[position] = True
        felt = utility[position] + NOISE * random.normal()
        rating = 1 + int(np.searchsorted(THRESHOLDS, felt, side="right"))
        chosen.append(_review(user, items[position], moment, rating, random))
    return chosen


def _moments(user: User, random: np.random.Generator) -> list[int]:
    """Draw increasing milliseconds after ``world.START``, spread over the user's whole span."""
    low, high = COLD_REVIEWS if user.cold else WARM_REVIEWS
    count = int(random.integers(low, high, endpoint=True))
    first = world.TEST_DAY if user.cold else 0
    # One moment in each of `count` equal slices keeps everybody active throughout.
    shares = (np.arange(count) + random.random(count)) / count
    bent = shares * (1 - EARLY_DAYS * (1 - shares))
    days = first + bent * (world.DAYS - first)
    return sorted({int(day * MILLISECONDS_A_DAY) for day in days})


def _review(user: User, item: Item, moment: int, rating: int, random: np.random.Generator) -> Review:
    return Review(
        user_id=user.user_id,
        item=item,
        timestamp=int(world.START.timestamp() * 1000) + moment,
        rating=rating,
        title=review_title(rating, random),
        text=review_text(user, item, rating, random),
        variant=int(random.integers(1, 4)) if random.random() < VARIANT_SHARE else 0,
        helpful_vote=int(random.geometric(0.6)) - 1,
        verified=bool(random.random() < VERIFIED_SHARE),
        pictured=bool(random.random() < PHOTO_SHARE),
    )


def _with_duplicates(reviews: list[Review], random: np.random.Generator) -> list[Review]:
    """Let a few training reviews come again some days later, one star apart: the earliest is the true one."""
    cut = int(world.VALID_FROM.timestamp() * 1000) - 30 * MILLISECONDS_A_DAY
    early = [position for position, review in enumerate(reviews) if review.timestamp < cut]
    again = set(random.choice(early, size=DUPLICATES, replace=False).tolist())
    written: list[Review] = []
    for position, review in enumerate(reviews):
        written.append(review)
        if position in again:
            later = review.timestamp + 5 * MILLISECONDS_A_DAY
            rating = review.rating - 1 if review.rating > 1 else 2
            written.append(replace(review, timestamp=later, rating=rating, title="Second thoughts"))
    return written
