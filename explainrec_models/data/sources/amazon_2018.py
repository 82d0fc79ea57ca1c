"""Layout ``amazon-2018``: Amazon Review Data 2018, a file of reviews or of ratings and one of metadata a category.

Ni, Li and McAuley, "Justifying Recommendations using Distantly-Labeled Reviews and Fine-Grained Aspects", EMNLP 2019.
Reviews of the 5-core (``<Category>_5.json.gz``) or all of them (``<Category>.json.gz``), or ratings only
(``<Category>.csv``); metadata of both vintages (``meta_<Category>.json.gz``). Moments are days: ties stay in file
order. Not read, because they come from after the reviews and would give away what was bought: ``also_buy``,
``also_view``, ``rank``, ``similar_item`` and ``price``.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data.amazon_categories import metadata_files, read_categories
from explainrec_models.data.amazon_metadata import identified
from explainrec_models.data.amazon_older_items import PICTURES_2018, WORDS_2018, entry_of_2018, picture_address
from explainrec_models.data.amazon_older_reviews import ASIN, OVERALL, REVIEWER, SECONDS, read_ratings, read_reviews
from explainrec_models.data.category_files import META, CategoryFiles
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request

LICENCE = """\
Amazon Review Data 2018, collected at UC San Diego, states no licence; files that only share its layout have their own.
Publications that use it cite: Jianmo Ni, Jiacheng Li and Julian McAuley. 2019. Justifying Recommendations using
Distantly-Labeled Reviews and Fine-Grained Aspects. EMNLP.
"""
REVIEWS, RATINGS = "reviews", "ratings"
FILES = CategoryFiles(
    "amazon-2018",
    roles={
        REVIEWS: ("{}.json", "{}.json.gz", "{}_5.json", "{}_5.json.gz"),
        RATINGS: ("{}.csv", "{}.csv.gz"),
        META: ("meta_{}.json", "meta_{}.json.gz"),
    },
    ways=[[REVIEWS], [RATINGS]],
)


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Copy the files of the named categories and the folder ``images``, as they are, and nothing else.

    Args:
        out: existing folder to fill.
        request: ``location``, a folder or archive, and ``categories`` as the files are spelled; or ``files`` with the
            roles ``reviews`` or ``ratings``, and ``meta``, and one category.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: neither is given, or both.
        MissingArtefactError: the location, or reviews and ratings of a category, are not there.
        DataError: both the 5-core and all reviews are there, or a file leads out of the location.
    """
    FILES.bring(out, request)
    return {"origin": "local folder", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:
    """Read what ``fetch`` wrote, as ``read_categories`` says.

    Raises:
        MissingArtefactError: a category has no reviews.
        DataError: a line is malformed; the message names the file, the line and the byte.
    """
    return read_categories(raw, request, FILES, rows={REVIEWS: read_reviews, RATINGS: _ratings}, entries=_entries)


def addresses(raw: Path, request: Request) -> dict[str, str]:
    """Return the address of the main picture of each item that has one, in full size.

    Raises:
        DataError: a line of metadata is malformed.
    """
    found: dict[str, str | None] = {}
    for path in metadata_files(raw, request, FILES):
        for item_id, entry in identified(path, PICTURES_2018, identifier=ASIN):
            found.setdefault(item_id, picture_address(entry, PICTURES_2018))
    return {item_id: address for item_id, address in found.items() if address}


def _ratings(path: Path, counts: Counter[str]) -> Iterator[pl.DataFrame]:
    return read_ratings(path, (ASIN, REVIEWER, OVERALL, SECONDS), counts)


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for item_id, entry in identified(path, WORDS_2018, identifier=ASIN):
        yield item_id, entry_of_2018(entry)
