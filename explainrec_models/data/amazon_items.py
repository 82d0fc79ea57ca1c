"""One entry of Amazon metadata to one row of the item table: plain words, attributes, the local picture."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from explainrec_models.data import schema

MAX_KEY_LENGTH = 30
MAX_VALUE_LENGTH = 40
"""Longer details are sentences, not attributes."""
# Details that name or measure one product and so are shared with no other.
IDENTIFYING_DETAILS = frozenset(
    {
        "asin", "upc", "ean", "gtin", "isbn", "isbn 10", "isbn 13", "item model number", "model number", "part number",
        "manufacturer part number", "global trade identification number", "date first available", "best sellers rank",
        "customer reviews", "product dimensions", "package dimensions", "item dimensions lxwxh", "item weight",
        "publication date", "release date",
    }
)  # fmt: skip
# Scraped titles end inside a tag, so the closing bracket may be missing.
_TAG = re.compile(r"<(?=[a-zA-Z/!])[^<>]*(?:>|$)")


def item_row(entry: Mapping[str, Any], item_id: str, *, category: str, pictures: Mapping[str, str]) -> dict[str, Any]:
    """Return one row of ``ITEM_SCHEMA``; a field that is missing or of another type counts as empty.

    Args:
        entry: the metadata as published or as in the typed export.
        item_id: its ``parent_asin``.
        category: of the file it stands in.
        pictures: item id to path inside the raw folder.
    """
    words = [*_texts(entry.get("features")), *_texts(entry.get("description"))]
    return {
        schema.ITEM_ID: item_id,
        schema.TITLE: plain_words(entry.get("title")),
        schema.ATTRIBUTES: attributes_of(entry),
        schema.TEXT: " ".join(part if part[-1] in ".!?" else f"{part}." for part in words),
        schema.IMAGE: pictures.get(item_id),
        schema.CATEGORY: category,
    }


def attributes_of(entry: Mapping[str, Any]) -> list[str]:
    """Return ``category:<leaf>``, ``store:<store>`` and ``<detail>:<value>`` for each short detail, without repeats.

    >>> attributes_of({"categories": ["Home", "Mugs"], "store": "Kiln", "details": '{"Colour": "blue", "UPC": "12"}'})
    ['category:Mugs', 'store:Kiln', 'colour:blue']
    """
    pairs = [("category", leaf) for leaf in _texts(entry.get("categories"))[-1:]]
    pairs.append(("store", plain_words(entry.get("store"))))
    pairs += [(plain_words(key.replace(":", " ")).lower(), _detail(value)) for key, value in _details(entry).items()]
    found = [f"{key}:{value}" for key, value in pairs if _is_attribute(key, value)]
    return list(dict.fromkeys(found))


def plain_words(value: Any) -> str:
    """Return text without tags, entities and runs of blanks; anything but text is empty.

    >>> plain_words("Cups &amp; <b>mugs</b> <span class='a")
    'Cups & mugs'
    """
    if not isinstance(value, str):
        return ""
    return " ".join(html.unescape(_TAG.sub(" ", value)).split())


def _is_attribute(key: str, value: str) -> bool:
    is_short = 0 < len(key) <= MAX_KEY_LENGTH and 0 < len(value) <= MAX_VALUE_LENGTH
    return is_short and key.replace("-", " ") not in IDENTIFYING_DETAILS


def _texts(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [words for part in parts if (words := plain_words(part))]


def _details(entry: Mapping[str, Any]) -> dict[str, Any]:
    details = entry.get("details")
    if isinstance(details, str):
        try:
            details = json.loads(details)
        except json.JSONDecodeError:
            return {}
    return details if isinstance(details, dict) else {}


def _detail(value: Any) -> str:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else plain_words(value)
