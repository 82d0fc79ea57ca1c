"""What a dataset must satisfy, as plain values."""

from dataclasses import dataclass

ROWS_AT_ONCE = 1_000_000
"""Rows that Great Expectations reads one by one; of larger tables it judges counts. A million rows take seconds."""


@dataclass(frozen=True)
class Limits:
    """Limits of the raw suites: the cuts of the dataset and the thresholds under ``quality`` in params.yaml.

    Attributes:
        like_threshold: ratings from here on are likes.
        valid_from: first validation day (UTC, YYYY-MM-DD); None where the split does not cut by date.
        test_from: first test day, likewise.
        implicit: whether there are events instead of ratings; each is a like.
        has_clock: whether times are moments; positions in a sequence have no plausible days.
        earliest: first day a row may have.
        latest: first day no row may have; fixed, since a check against the clock could change without the data.
        max_missing_title_share: of the items.
        max_repeated_title_share: items that share their title with another, of the items.
        max_duplicate_share: rows whose (user, item) pair occurs more than once, of the rows.
        max_unknown_item_share: rows whose item is not in the item table, of the rows.
        max_dropped_share: rows that the reader left out or merged, of the rows it read; more is a warning.
        max_lost_share: the same without merged repetitions; more is critical.
        lowest_rating: of the scale.
        highest_rating: of the scale.
        rows_at_once: larger tables are counted, not read by Great Expectations row by row.
    """

    like_threshold: float
    valid_from: str | None = None
    test_from: str | None = None
    implicit: bool = False
    has_clock: bool = True
    earliest: str = "1995-01-01"
    latest: str = "2024-01-01"
    min_interactions: int = 1000
    min_items: int = 50
    max_missing_title_share: float = 0.05
    max_repeated_title_share: float = 0.05
    max_duplicate_share: float = 0.05
    max_unknown_item_share: float = 0.01
    max_dropped_share: float = 0.05
    max_lost_share: float = 0.5
    lowest_rating: float = 1
    highest_rating: float = 5
    rows_at_once: int = ROWS_AT_ONCE


@dataclass(frozen=True)
class OutputLimits:
    """Limits of what the later stages write: the thresholds under ``quality.check`` in params.yaml.

    Attributes:
        max_missing_picture_share: items without a picture, of all items of a dataset that has pictures.
        max_unreadable_picture_share: of the items that have a picture.
        max_missing_words_share: items without any word to encode.
        max_repeated_vector_share: items whose vector is nearly another's, of the items that have one.
        max_label_gap: between a score and the sum of its contributions, relative to the sum of their sizes.
        rows_at_once: larger tables are counted, not read by Great Expectations row by row.
    """

    max_missing_picture_share: float = 0.5
    max_unreadable_picture_share: float = 0.05
    max_missing_words_share: float = 0.05
    max_repeated_vector_share: float = 0.05
    max_label_gap: float = 1e-5
    rows_at_once: int = ROWS_AT_ONCE


@dataclass(frozen=True)
class DriftLimits:
    """Limits of what may change between two versions of a dataset: ``quality.drift`` in params.yaml.

    Attributes:
        max_psi: population stability index of a histogram; 0.1 to 0.25 is called a moderate shift.
        max_count_change: relative change of a count or a quantile.
    """

    max_psi: float = 0.2
    max_count_change: float = 0.5
