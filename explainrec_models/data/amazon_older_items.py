"""Entries of Amazon metadata of 2014 and 2018 in the shape of those of 2023, for one way of making rows of items.

What is known only afterwards is left out: ranks, prices, similar products and what others bought or viewed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from explainrec_models.data.amazon_items import MAX_VALUE_LENGTH, is_address, plain_words
from explainrec_models.data.picture_downloads import full_size

WORDS_2018 = ("title", "feature", "description", "brand", "category", "details")
PICTURES_2018 = ("imageURLHighRes", "imageURL", "image")
"""One vintage of the metadata has the first two, the other the last."""
WORDS_2014 = ("title", "description", "brand", "categories")
PICTURES_2014 = ("imUrl",)
_SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_PROGRAM = "getTime()"
"""In titles where the page's program was scraped in place of its words."""
_AUTHOR_PAGE = re.compile(r"Visit Amazon's (.+) Page")
_UNSHARED_DETAILS = re.compile(r"ship|rank|review|date|discontinued", re.IGNORECASE)
"""How one product is sent, when it was listed and how it fared: no attributes of what it is."""


def entry_of_2018(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an entry of 2018 under the names of 2023.

    ``category`` goes over from names of categories to sentences about the product; those join the features.
    """
    stated = entry.get("category")
    parts = [part for part in stated if isinstance(part, str)] if isinstance(stated, list) else []
    count = next((index for index, part in enumerate(parts) if not _names_a_category(part)), len(parts))
    details = entry.get("details")
    return {
        "title": _title(entry.get("title")),
        "features": list(_texts([*parts[count:], *_listed(entry.get("feature"))])),
        "description": list(_texts(_listed(entry.get("description")))),
        "store": _store(entry.get("brand")),
        "categories": parts[:count],
        "details": _shared(details) if isinstance(details, dict) else details,
    }


def entry_of_2014(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an entry of 2014 under the names of 2023; of several paths of categories the first."""
    paths = _listed(entry.get("categories"))
    return {
        "title": _title(entry.get("title")),
        "description": list(_texts(_listed(entry.get("description")))),
        "store": _store(entry.get("brand")),
        "categories": paths[0] if paths and isinstance(paths[0], list) else paths,
    }


def picture_address(entry: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """Return the address of the main picture in full size, or None.

    Args:
        entry: metadata of either edition.
        names: fields that may hold addresses, the best first.

    >>> picture_address({"image": ["https://m.media-amazon.com/images/I/31Q._SX38_SY50_CR,0,0,38,50_.jpg"]}, ["image"])
    'https://m.media-amazon.com/images/I/31Q.jpg'
    """
    stated = (value for name in names for value in _listed(entry.get(name)))
    return next((full_size(value) for value in stated if is_address(value)), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Yield what is text, once each: descriptions repeat themselves."""
    texts = dict.fromkeys(value for value in values if isinstance(value, str))
    return (_SCRIPT.sub(" ", text) for text in texts)


def _title(value: Any) -> str:
    return "" if not isinstance(value, str) or _PROGRAM in value else _SCRIPT.sub(" ", value)


def _store(value: Any) -> str:
    words = plain_words(value)
    page = _AUTHOR_PAGE.fullmatch(words)
    return page[1] if page else words


def _names_a_category(part: str) -> bool:
    words = plain_words(part)
    return 0 < len(words) <= MAX_VALUE_LENGTH and not words.endswith((".", "!", "?"))


def _shared(details: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in details.items() if not _UNSHARED_DETAILS.search(str(key))}
