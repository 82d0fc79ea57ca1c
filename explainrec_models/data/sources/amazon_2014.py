"""Layout ``amazon-2014``: Amazon product data of 2014, a file of reviews or of ratings and one of metadata a category.

He and McAuley, "Ups and Downs: Modeling the Visual Evolution of Fashion Trends with One-Class Collaborative Filtering",
WWW 2016, arXiv 1602.01585. Reviews of the 5-core (``reviews_<Category>_5.json.gz``) or all of them
(``reviews_<Category>.json.gz``), or ratings only (``ratings_<Category>.csv``). Lines of metadata
(``meta_<Category>.json.gz``) are Python dicts, in some copies JSON; each line is read as what it is. Moments are days:
ties stay in file order. Not read, because they come from after the reviews and would give away what was bought:
``related``, ``salesRank`` and ``price``; nor are the published picture features (``image_features_<Category>.b``).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data.amazon_categories import metadata_files, read_categories
from explainrec_models.data.amazon_metadata import identified
from explainrec_models.data.amazon_older_items import PICTURES_2014, WORDS_2014, entry_of_2014, picture_address
from explainrec_models.data.amazon_older_reviews import ASIN, OVERALL, REVIEWER, SECONDS, read_ratings, read_reviews
from explainrec_models.data.category_files import META, CategoryFiles
from explainrec_models.data.python_literals import parse_json_or_literal
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request

LICENCE = """\
Amazon product data of 2014, collected at UC San Diego, states no licence; files that only share its layout have their
own. Publications that use it cite: Ruining He and Julian McAuley. 2016. Ups and Downs: Modeling the Visual Evolution of
Fashion Trends with One-Class Collaborative Filtering. WWW. arXiv 1602.01585.
"""
REVIEWS, RATINGS = "reviews", "ratings"
FILES = CategoryFiles(
    "amazon-2014",
    roles={
        REVIEWS: ("reviews_{}.json", "reviews_{}.json.gz", "reviews_{}_5.json", "reviews_{}_5.json.gz"),
        RATINGS: ("ratings_{}.csv", "ratings_{}.csv.gz"),
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
    return read_categories(raw, request, FILES, rows={REVIEWS: _reviews, RATINGS: _ratings}, entries=_entries)


def addresses(raw: Path, request: Request) -> dict[str, str]:
    """Return the address of the picture of each item that has one, in full size.

    Raises:
        DataError: a line of metadata is malformed.
    """
    found: dict[str, str | None] = {}
    for path in metadata_files(raw, request, FILES):
        for item_id, entry in identified(path, PICTURES_2014, identifier=ASIN, parse=parse_json_or_literal):
            found.setdefault(item_id, picture_address(entry, PICTURES_2014))
    return {item_id: address for item_id, address in found.items() if address}


def _reviews(path: Path, counts: Counter[str]) -> Iterator[pl.DataFrame]:
    return read_reviews(path, counts, parse=parse_json_or_literal)


def _ratings(path: Path, counts: Counter[str]) -> Iterator[pl.DataFrame]:
    return read_ratings(path, (REVIEWER, ASIN, OVERALL, SECONDS), counts)


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for item_id, entry in identified(path, WORDS_2014, identifier=ASIN, parse=parse_json_or_literal):
        yield item_id, entry_of_2014(entry)
