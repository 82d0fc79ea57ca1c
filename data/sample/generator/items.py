"""The shop's items: balanced attributes, an appeal that makes some of them bestsellers, and some real-world dirt."""

from dataclasses import dataclass

import numpy as np

from generator import world

WITHOUT_METADATA = (("Mugs", 20), ("Lamps", 33))
AMPERSAND_TITLES = (("Mugs", 3), ("Mugs", 41), ("Notebooks", 12), ("Notebooks", 55), ("Lamps", 9))
"""Their titles hold the HTML entity ``&amp;``, as scraped titles do."""
QUOTED_TITLE = ("Lamps", 17)
EMPTY_DESCRIPTIONS = (("Mugs", 30), ("Notebooks", 2), ("Lamps", 61))
NULL_STORES = (("Mugs", 11), ("Notebooks", 66))
NULL_PRICE_SHARE = 0.08


@dataclass(frozen=True)
class Item:
    """One product and everything that is true of it, seen or unseen."""

    item_id: str
    category: str
    number: int
    theme: str
    material: str
    store: str | None
    price_band: str
    look: str
    price: float | None
    neutral: str
    """Value of the detail that nobody cares about."""
    appeal: float
    """Standard score of popularity: how much people come across the item."""
    bestseller: bool
    launch_day: int
    """First day, counted from ``world.START``, on which it can be reviewed."""

    @property
    def place(self) -> tuple[str, int]:
        """Category and number within it, by which the dirt lists name items."""
        return self.category, self.number

    @property
    def title(self) -> str:
        """The title as the metadata file spells it."""
        series = world.SERIES[self.number]
        series = f'"{series}"' if self.place == QUOTED_TITLE else series
        extra = " &amp; Gift Box" if self.place in AMPERSAND_TITLES else ""
        noun = world.NOUNS[self.category]
        return f"{series} {self.theme.title()} {self.material.title()} {noun}{extra}"

    def attributes(self) -> list[str]:
        """Return what users can have reasons about, as ``field:value``."""
        found = [
            f"theme:{self.theme}",
            f"look:{self.look}",
            f"material:{self.material}",
            f"price_band:{self.price_band}",
        ]
        if self.store is not None:
            found.append(f"store:{self.store}")
        if self.bestseller:
            found.append("popularity:bestseller")
        return found


def make_items(random: np.random.Generator) -> list[Item]:
    """Draw the whole catalogue, category by category; the last items of each are the cold ones."""
    return [item for category in world.CATEGORIES for item in _make_category(category, random)]


def _make_category(category: str, random: np.random.Generator) -> list[Item]:
    themes = _balanced(world.THEMES, random)
    looks = _balanced(world.LOOKS, random)
    materials = _balanced(world.MATERIALS[category], random)
    stores = _balanced(world.STORES[category], random)
    bands = _balanced(world.PRICE_BANDS, random)
    neutral = _balanced(world.NEUTRAL_DETAIL[category][1], random)
    appeal = random.normal(size=world.ITEMS_PER_CATEGORY)
    appeal = (appeal - appeal.mean()) / appeal.std()
    bestsellers = appeal >= np.quantile(appeal, 1 - world.BESTSELLER_SHARE)
    first_cold = world.ITEMS_PER_CATEGORY - world.COLD_ITEMS_PER_CATEGORY
    items = []
    for number in range(world.ITEMS_PER_CATEGORY):
        low, high = world.PRICES[category][bands[number]]
        price = float(random.integers(low, high, endpoint=True)) + 0.99
        hidden = bool(random.random() < NULL_PRICE_SHARE)
        launch = world.TEST_DAY + int(random.integers(0, 14)) if number >= first_cold else 0
        items.append(
            Item(
                item_id=f"S{category[:3].upper()}{number + 1:04d}00",
                category=category,
                number=number,
                theme=themes[number],
                material=materials[number],
                store=None if (category, number) in NULL_STORES else stores[number],
                price_band=bands[number],
                look=looks[number],
                price=None if hidden else price,
                neutral=neutral[number],
                appeal=float(appeal[number]),
                bestseller=bool(bestsellers[number]),
                launch_day=launch,
            )
        )
    return items


def _balanced(values: tuple[str, ...], random: np.random.Generator) -> list[str]:
    """Deal the values out in equal shares and shuffle, so that no attribute predicts another."""
    dealt = [values[position % len(values)] for position in range(world.ITEMS_PER_CATEGORY)]
    return [dealt[position] for position in random.permutation(world.ITEMS_PER_CATEGORY)]
