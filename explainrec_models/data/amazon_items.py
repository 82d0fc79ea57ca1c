"""One entry of Amazon metadata to one row of the item table: plain words, attributes, the address of the picture."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from explainrec_models.data import schema

MAX_TEXT_LENGTH = 2_000
"""Characters of features and description that are kept; text encoders read fewer."""
TEXTS_CUT = "texts_cut"
UNREADABLE_DETAILS = "unreadable_details"
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


def item_row(entry: Mapping[str, Any], item_id: str, *, category: str, counts: Counter[str]) -> dict[str, Any]:
    """Return one row of ``ITEM_SCHEMA``; a field that is missing or of another type counts as empty.

    Args:
        entry: the metadata as published or as in the typed export.
        item_id: its ``parent_asin``.
        category: of the file it stands in.
        counts: where a text that is cut and details that cannot be read are counted.
    """
    return {
        schema.ITEM_ID: item_id,
        schema.TITLE: plain_words(entry.get("title")),
        schema.ATTRIBUTES: attributes_of(entry, counts),
        schema.TEXT: _bounded(_sentences(entry), counts),
        schema.IMAGE: None,
        schema.CATEGORY: category,
    }


def attributes_of(entry: Mapping[str, Any], counts: Counter[str]) -> list[str]:
    """Return ``category:<leaf>``, ``store:<store>``, ``author:<name>`` and ``<detail>:<value>`` without repeats.

    Long details are left out, and details that cannot be read are counted.

    >>> entry = {"categories": ["Home", "Mugs"], "store": "Kiln", "details": '{"Colour": "blue", "UPC": "12"}'}
    >>> attributes_of(entry, Counter())
    ['category:Mugs', 'store:Kiln', 'colour:blue']
    """
    pairs = [("category", leaf) for leaf in list(_texts(entry.get("categories")))[-1:]]
    pairs.append(("store", plain_words(entry.get("store"))))
    author = entry.get("author")
    pairs.append(("author", plain_words(author.get("name") if isinstance(author, dict) else author)))
    details = _details(entry, counts)
    pairs += [(plain_words(key.replace(":", " ")).lower(), _detail(value)) for key, value in details.items()]
    found = [f"{key}:{value}" for key, value in pairs if _is_attribute(key, value)]
    return list(dict.fromkeys(found))


def plain_words(value: Any) -> str:
    """Return text without tags, entities and runs of blanks; anything but text is empty.

    >>> plain_words("Cups &amp; <b>mugs</b> <span class='a")
    'Cups & mugs'
    """
    if not isinstance(value, str):
        return ""
    # Most texts are plain already; a printable one has no blanks but spaces and no half of a surrogate pair.
    if value.isprintable() and not ("<" in value or "&" in value or "  " in value):
        return value.strip()
    words = html.unescape(_TAG.sub(" ", value) if "<" in value else value)
    if not words.isascii():
        # Halves of surrogate pairs are no characters and fit into no table.
        words = words.encode(errors="replace").decode()
    return " ".join(words.split())


def main_picture(images: Any) -> str | None:
    """Return the address of the main picture, the largest there is, or None.

    Args:
        images: a list of objects as published, or the object of lists of the typed export.

    >>> main_picture({"large": ["https://a/1", "https://a/2"], "hi_res": [None, None], "variant": ["PT01", "MAIN"]})
    'https://a/2'
    """
    if isinstance(images, dict):
        names = [name for name, values in images.items() if isinstance(values, list)]
        images = [dict(zip(names, values, strict=False)) for values in zip(*map(images.get, names), strict=False)]
    pictures = [image for image in images if isinstance(image, dict)] if isinstance(images, list) else []
    pictures.sort(key=lambda image: image.get("variant") != "MAIN")
    found = (picture.get(size) for picture in pictures for size in ("hi_res", "large"))
    return next((address for address in found if is_address(address)), None)


def _is_attribute(key: str, value: str) -> bool:
    is_short = 0 < len(key) <= MAX_KEY_LENGTH and 0 < len(value) <= MAX_VALUE_LENGTH
    return is_short and key.replace("-", " ") not in IDENTIFYING_DETAILS


def is_address(value: Any) -> bool:
    """Return whether a value is text that could be asked for on the web."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _sentences(entry: Mapping[str, Any]) -> Iterable[str]:
    for name in ("features", "description"):
        for words in _texts(entry.get(name)):
            yield words if words[-1] in ".!?" else f"{words}."


def _bounded(sentences: Iterable[str], counts: Counter[str]) -> str:
    text = ""
    for sentence in sentences:
        text += f" {sentence}" if text else sentence
        if len(text) > MAX_TEXT_LENGTH:
            counts[TEXTS_CUT] += 1
            return text[:MAX_TEXT_LENGTH].rstrip()
    return text


def _texts(value: Any) -> Iterable[str]:
    for part in value if isinstance(value, list) else [value]:
        if words := plain_words(part):
            yield words


def _details(entry: Mapping[str, Any], counts: Counter[str]) -> dict[str, Any]:
    stated = entry.get("details")
    details = _object_in(stated) if isinstance(stated, str) else stated
    if isinstance(details, dict):
        return details
    if stated not in (None, "", "None", []):
        counts[UNREADABLE_DETAILS] += 1
    return {}


def _object_in(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _detail(value: Any) -> str:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else plain_words(value)
