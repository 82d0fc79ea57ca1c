"""What a dataset must satisfy, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of the suites: the cuts of the dataset and the thresholds under ``quality`` in params.yaml.

    Attributes:
        like_threshold: ratings from here on are likes.
        valid_from: first validation day (UTC, YYYY-MM-DD).
        test_from: first test day.
        earliest: first day a row may have.
        latest: first day no row may have; fixed, since a check against the clock could change without the data.
        max_missing_title_share: of the items.
        max_repeated_title_share: items that share their title with another, of the items.
        max_duplicate_share: rows whose (user, item) pair occurs more than once, of the rows.
        max_unknown_item_share: rows whose item is not in the item table, of the rows.
        lowest_rating: of the layout's scale.
        highest_rating: of the layout's scale.
    """

    like_threshold: float
    valid_from: str
    test_from: str
    earliest: str = "1995-01-01"
    latest: str = "2024-01-01"
    min_interactions: int = 1000
    min_items: int = 50
    max_missing_title_share: float = 0.05
    max_repeated_title_share: float = 0.05
    max_duplicate_share: float = 0.05
    max_unknown_item_share: float = 0.01
    lowest_rating: float = 1
    highest_rating: float = 5
