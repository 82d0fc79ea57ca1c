"""The older Amazon editions as layouts: what their files and fields are called is all that tells them apart."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data.amazon_categories import Rows, metadata_files, read_categories
from explainrec_models.data.amazon_metadata import identified, read_addresses
from explainrec_models.data.amazon_older_items import picture_address
from explainrec_models.data.amazon_older_reviews import ASIN, read_ratings, read_reviews
from explainrec_models.data.category_files import META, CategoryFiles
from explainrec_models.data.json_blocks import Parse
from explainrec_models.data.json_lines import parse_line
from explainrec_models.data.raw_tables import RawTables
from explainrec_models.data.request import Request

REVIEWS, RATINGS = "reviews", "ratings"


@dataclass(frozen=True)
class OlderEdition:
    """An edition with reviews or ratings and metadata of each category.

    Attributes:
        layout: its name.
        licence: for display.
        reviews: names that a file of reviews may have, with ``{}`` for the category.
        ratings: the same of a file of ratings alone.
        order: columns of a file of ratings.
        words: fields of metadata that make a row of the item table.
        pictures: fields of metadata that may hold addresses, the best first.
        entry: returns the fields of an entry under the names of 2023.
        parse: reads a line that is not of JSON.
    """

    layout: str
    licence: str
    reviews: Sequence[str]
    ratings: Sequence[str]
    order: Sequence[str]
    words: Sequence[str]
    pictures: Sequence[str]
    entry: Callable[[Mapping[str, Any]], dict[str, Any]]
    parse: Parse = parse_line

    @property
    def files(self) -> CategoryFiles:
        """What the files of a category are called."""
        meta = ("meta_{}.json", "meta_{}.json.gz")
        roles = {REVIEWS: self.reviews, RATINGS: self.ratings, META: meta}
        return CategoryFiles(self.layout, roles=roles, ways=[[REVIEWS], [RATINGS]])

    def fetch(self, out: Path, request: Request) -> dict[str, str]:
        """Copy the files of the named categories and the folder ``images``, as they are, and nothing else.

        Args:
            out: existing folder to fill.
            request: ``location``, a folder or archive, and ``categories`` as the files are spelled; or ``files`` with
                the roles ``reviews`` or ``ratings``, and ``meta``, and one category.

        Returns:
            ``origin`` and ``licence``.

        Raises:
            ParamsError: neither is given, or both.
            MissingArtefactError: the location, or reviews and ratings of a category, are not there.
            DataError: both the 5-core and all reviews are there, or a file leads out of the location.
        """
        self.files.bring(out, request)
        return {"origin": "local folder", "licence": self.licence}

    def read(self, raw: Path, request: Request) -> RawTables:
        """Read what ``fetch`` wrote, as ``read_categories`` says.

        Raises:
            MissingArtefactError: a category has no reviews.
            DataError: a line is malformed; the message names the file, the line and the byte.
        """
        rows: dict[str, Rows] = {REVIEWS: partial(read_reviews, parse=self.parse), RATINGS: self._ratings}
        return read_categories(raw, request, self.files, rows=rows, entries=self._entries)

    def addresses(self, raw: Path, request: Request) -> dict[str, str]:
        """Return the address of the main picture of each item that has one, in full size.

        Raises:
            DataError: a line of metadata is malformed.
        """
        return read_addresses(
            metadata_files(raw, request, self.files),
            entries=partial(identified, fields=self.pictures, identifier=ASIN, parse=self.parse),
            picture=partial(picture_address, names=self.pictures),
        )

    def _ratings(self, path: Path, counts: Counter[str]) -> Iterator[pl.DataFrame]:
        return read_ratings(path, self.order, counts)

    def _entries(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        for item_id, entry in identified(path, self.words, identifier=ASIN, parse=self.parse):
            yield item_id, self.entry(entry)
