"""The raw layers: ratings and items as a source reads them, and how much of its files it had to leave out."""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from explainrec_models.quality import suites
from explainrec_models.quality.findings import Count
from explainrec_models.quality.frames import items_table, ratings_table
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.rules import WARNING, Rule, at_most, flagged
from explainrec_models.quality.run import CountedLayer, Layer, run_suites
from explainrec_models.quality.verdict import EXAMPLES, Verdict

READ = "raw_ratings_read"
FEW_DROPPED = "few rows are dropped"
MOST_KEPT = "most rows are kept"

_OF_ROWS = re.compile(
    r"(?!items?_|metadata_|details_|histor)([a-z]+_)?(rows?|ratings?|reviews?|events?|interactions?|lines)(_|$)"
)
_OF_REPEATS = re.compile(r"(^|_)(repeated|duplicates?)(_|$)")


def check_raw(
    interactions: pl.DataFrame,
    items: pl.DataFrame,
    limits: Limits,
    *,
    dataset: str,
    dropped: Mapping[str, int] | None = None,
    docs: Path | None = None,
) -> Verdict:
    """Run the suites of the raw layers.

    Args:
        interactions: user_id, item_id, rating, timestamp.
        items: columns ``schema.ITEM_COLUMNS``.
        limits: of this dataset.
        dataset: its key.
        dropped: reason to count, of what the reader left out, repaired or merged.
        docs: folder for the Data Docs; none are written without it.
    """
    counts = dropped or {}
    layers: list[Layer | CountedLayer] = [
        Layer(suites.RAW_RATINGS, ratings_table(interactions, items, limits), suites.raw_ratings(limits)),
        Layer(suites.RAW_ITEMS, items_table(items), suites.raw_items(limits)),
        reading(counts, interactions.height, limits),
    ]
    return run_suites(layers, dataset=dataset, docs=docs, dropped=counts, rows_at_once=limits.rows_at_once)


def reading(dropped: Mapping[str, int], kept: int, limits: Limits) -> CountedLayer:
    """Return the suite of what was read: how many of the rows in the files are in the table.

    Args:
        dropped: reason to count; reasons about items are no loss of rows.
        kept: rows of the table.
        limits: of this dataset.
    """
    of_rows = {reason: count for reason, count in dropped.items() if is_about_rows(reason)}
    lost = {reason: count for reason, count in of_rows.items() if not _OF_REPEATS.search(reason)}
    read = kept + sum(of_rows.values())
    return CountedLayer(
        READ, {FEW_DROPPED: _count(of_rows, read), MOST_KEPT: _count(lost, read)}, list(_reading_rules(limits))
    )


def is_about_rows(reason: str) -> bool:
    """Say whether a reason counts rows of ratings that are not in the table: its first or second word says so.

    Reasons about items, and what was put right within a row, are shown and not judged.

    >>> is_about_rows("repeated_reviews"), is_about_rows("ratings_without_time"), is_about_rows("ids_with_blanks")
    (True, True, False)
    """
    return bool(_OF_ROWS.match(reason))


def _count(reasons: Mapping[str, int], read: int) -> Count:
    largest = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))[:EXAMPLES]
    examples = tuple(f"{reason} ({count})" for reason, count in largest if count)
    return Count(read, read, sum(reasons.values()), examples)


def _reading_rules(limits: Limits) -> tuple[Rule, Rule]:
    few = f"{at_most(limits.max_dropped_share)} left out or merged"
    most = f"{at_most(limits.max_lost_share)} left out, merged repetitions aside"
    return (
        flagged(READ, FEW_DROPPED, "kept", expected=few, severity=WARNING, share=limits.max_dropped_share),
        flagged(READ, MOST_KEPT, "kept", expected=most, share=limits.max_lost_share),
    )
