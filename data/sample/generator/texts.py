"""Review texts from templates: they name the user's true reasons, except that looks are only hinted at."""

import numpy as np

from generator.items import Item
from generator.users import Reason, User

TITLES = {
    1: ("Regret this", "Not for me at all", "Going back"),
    2: ("Disappointed", "Not my taste", "Expected more"),
    3: ("It is fine", "So-so", "Neither here nor there"),
    4: ("Pleased", "Good choice", "Nice one"),
    5: ("Love it", "Just right", "A new favourite"),
}
LIKED_FOR = {
    "theme": ("The {value} theme won me over.", "I collect anything {value}."),
    "look": ("It looks lovely, as pictured.", "The picture sold it to me."),
    "material": ("{value} is what I look for.", "Glad it is {value}."),
    "store": ("{value} never lets me down.", "Another good one by {value}."),
    "price_band": ("Right price for me.", "This is what I like to spend."),
    "popularity": ("Everybody has one, now I know why.", "Deserves being so popular."),
}
DISLIKED_FOR = {
    "theme": ("The {value} theme puts me off.", "I am tired of {value} things."),
    "look": ("I do not like how it looks.", "The picture should have warned me."),
    "material": ("I do not get on with {value}.", "Should not have bought {value}."),
    "store": ("{value} let me down again.", "No more from {value}."),
    "price_band": ("Wrong price for what it is.", "Not what I like to spend."),
    "popularity": ("Too common for me.", "Everybody has one already."),
}
LIKED_ANYWAY = ("Does its job well.", "Arrived well packed.", "A happy surprise.", "Would give it as a gift.")
DISLIKED_ANYWAY = ("Nothing here speaks to me.", "I hardly use it.", "It does its job, no more.", "Gave it away.")
LIKE_FROM = 4


def review_title(rating: int, random: np.random.Generator) -> str:
    """Pick a headline that fits the rating."""
    return str(random.choice(TITLES[rating]))


def review_text(user: User, item: Item, rating: int, random: np.random.Generator) -> str:
    """Name the user's strongest reason that agrees with the rating, or speak in general where none does."""
    liked = rating >= LIKE_FROM
    reason = _strongest(user, item, liked=liked)
    if reason is None:
        return str(random.choice(LIKED_ANYWAY if liked else DISLIKED_ANYWAY))
    field, _, value = reason.attribute.partition(":")
    sentence = str(random.choice((LIKED_FOR if liked else DISLIKED_FOR)[field])).format(value=value)
    return sentence[0].upper() + sentence[1:]


def _strongest(user: User, item: Item, *, liked: bool) -> Reason | None:
    attributes = set(item.attributes())
    agreeing = [r for r in user.reasons if r.attribute in attributes and (r.weight > 0) == liked]
    return max(agreeing, key=lambda reason: abs(reason.weight), default=None)
