"""The shop's vocabulary: every value an item can have, the calendar and the sizes."""

from datetime import UTC, datetime

CATEGORIES = ("Mugs", "Notebooks", "Lamps")
ITEMS_PER_CATEGORY = 80
COLD_ITEMS_PER_CATEGORY = 4
WARM_USERS = 268
COLD_USERS = 12

START = datetime(2021, 1, 1, tzinfo=UTC)
END = datetime(2023, 1, 1, tzinfo=UTC)
VALID_FROM = datetime(2022, 7, 1, tzinfo=UTC)
"""The same day as ``valid_from`` of sample-shop in params.yaml; a test compares them."""
TEST_FROM = datetime(2022, 10, 1, tzinfo=UTC)
"""The same day as ``test_from``; cold users and cold items appear from here on."""
DAYS = (END - START).days
TEST_DAY = (TEST_FROM - START).days

THEMES = ("botanical", "nautical", "celestial", "woodland")
LOOKS = ("stripes", "dots", "checks", "blank")
"""Only pictures show these: no text may contain the words."""
PRICE_BANDS = ("budget", "midrange", "premium")
BESTSELLER_SHARE = 0.25

MATERIALS = {
    "Mugs": ("stoneware", "enamel", "glass"),
    "Notebooks": ("kraft paper", "linen", "cork"),
    "Lamps": ("brass", "bamboo", "concrete"),
}
STORES = {
    "Mugs": ("Pellgrove Pottery", "Osk & Ember", "Tumblewick"),
    "Notebooks": ("Quillmarrow", "Verso Lane Works", "Inkhollow"),
    "Lamps": ("Lumenfold", "Duskworth Lighting", "Farrowglow"),
}
PRICES = {
    "Mugs": {"budget": (6, 10), "midrange": (12, 18), "premium": (22, 34)},
    "Notebooks": {"budget": (4, 8), "midrange": (10, 15), "premium": (19, 29)},
    "Lamps": {"budget": (18, 28), "midrange": (36, 54), "premium": (75, 120)},
}
"""Lowest and highest whole price of each band."""

NOUNS = {"Mugs": "Mug", "Notebooks": "Notebook", "Lamps": "Table Lamp"}
PATHS = {
    "Mugs": ["Home & Kitchen", "Drinkware", "Mugs"],
    "Notebooks": ["Office & School", "Paper", "Notebooks"],
    "Lamps": ["Home & Kitchen", "Lighting", "Lamps"],
}
NEUTRAL_DETAIL = {
    "Mugs": ("Capacity", ("250 ml", "350 ml", "450 ml")),
    "Notebooks": ("Pages", ("96", "144", "192")),
    "Lamps": ("Cable Length", ("1.5 m", "1.8 m", "2.2 m")),
}
"""A detail that nobody cares about, so that not every attribute is a reason."""

SERIES = tuple(
    f"{adjective} {noun}"
    for adjective in ("Quiet", "Slow", "Little", "Grand", "Early", "Late", "Gentle", "Steady", "Hidden", "Wandering")
    for noun in ("Hour", "Letter", "Song", "Corner", "Season", "Story", "Path", "Window")
)
"""Product names: one for each item of a category, unrelated to any attribute."""

THEME_SENTENCES = {
    "botanical": "Its botanical theme brings ferns, herbs and garden leaves indoors.",
    "nautical": "Its nautical theme recalls harbours, anchors and long sea crossings.",
    "celestial": "Its celestial theme follows the moon, the planets and clear night skies.",
    "woodland": "Its woodland theme is full of foxes, mushrooms and mossy trails.",
}
USE_SENTENCES = {
    "Mugs": "Made for the first hot drink of the day.",
    "Notebooks": "Made for lists, sketches and second thoughts.",
    "Lamps": "Made for a calm corner to read in.",
}
CARE_FEATURES = {
    "Mugs": "Safe in dishwasher and microwave",
    "Notebooks": "Lies flat when opened",
    "Lamps": "Fits a standard bulb",
}
