"""An invented category in the layout of Amazon Reviews 2023, of any size, with the dirt that its reader mends."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
from isal import igzip

CATEGORY = "Invented"
REVIEWS, META = f"{CATEGORY}.jsonl.gz", f"meta_{CATEGORY}.jsonl.gz"
DIRTY_SHARE = 0.01
_META_SHARE = 0.15
_REVIEW_BYTES, _ITEM_BYTES = 603, 2_640
_ROWS_AT_ONCE = 20_000
_EARLIEST, _LATEST = 1_300_000_000_000, 1_680_000_000_000
_Lines = Iterator[bytes]


def write_category(folder: Path, size: int, *, seed: int) -> dict[str, int]:
    """Write reviews and metadata, gzipped, with long-tailed users and items and texts of some 300 characters.

    Args:
        folder: existing.
        size: bytes before packing, about.
        seed: of everything random.

    Returns:
        What was written.
    """
    generator = np.random.default_rng(seed)
    items, reviews = int(size * _META_SHARE / _ITEM_BYTES), int(size * (1 - _META_SHARE) / _REVIEW_BYTES)
    texts = _texts(generator, count=20_000)
    total = _write(folder / META, _metadata(generator, items, texts))
    total += _write(folder / REVIEWS, _reviews(generator, reviews, items, texts))
    packed = sum((folder / name).stat().st_size for name in (REVIEWS, META))
    return {"bytes": total, "packed_bytes": packed, "reviews": reviews, "items": items}


def _write(path: Path, lines: _Lines) -> int:
    total = 0
    with igzip.open(path, "wb", compresslevel=2) as file:  # type: ignore[no-untyped-call]
        while chunk := b"".join(islice(lines, _ROWS_AT_ONCE)):
            total += cast("int", file.write(chunk))
    return total


def _texts(generator: np.random.Generator, count: int) -> list[str]:
    """Return texts of a few to some hundred words, of which few are frequent."""
    letters = np.array(list("etaoinshrdlucmfwypvbgkqjxz"))
    shares = np.arange(len(letters), 0, -1) / (len(letters) * (len(letters) + 1) / 2)
    words = ["".join(generator.choice(letters, length, p=shares)) for length in generator.integers(2, 9, 8_000)]
    texts: list[str] = []
    for length in generator.integers(5, 105, count):
        ranks = (len(words) * generator.random(length) ** 3).astype(int)
        text = " ".join(words[rank] for rank in ranks)
        texts.append(f'{text.capitalize()}. "{text[:20]}" isn\'t café.{"<br />" * (len(texts) % 10 == 0)}')
    return texts


def _reviews(generator: np.random.Generator, count: int, items: int, texts: list[str]) -> _Lines:
    users = count // 2
    for start in range(0, count, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, count - start)
        # Squares and cubes of even shares have a long tail; some items are in no metadata.
        who = (users * generator.random(rows) ** 2).astype(int).tolist()
        what = (items * 1.002 * generator.random(rows) ** 2.5).astype(int).tolist()
        when = generator.integers(_EARLIEST, _LATEST, rows).tolist()
        said = generator.integers(0, len(texts), rows).tolist()
        dirt = generator.random(rows).tolist()
        for user, item, moment, text, share in zip(who, what, when, said, dirt, strict=True):
            review = _review(user, f"B{item:09d}", moment, text, texts)
            yield _line(review) if share > DIRTY_SHARE else _dirty(review, share / DIRTY_SHARE)


def _review(user: int, item: str, moment: int, text: int, texts: list[str]) -> dict[str, Any]:
    return {
        "rating": float(text % 5 + 1),
        "title": texts[text - 1][:24],
        "text": texts[text],
        "images": [],
        "asin": item,
        "parent_asin": item,
        "user_id": f"A{_scrambled(user):027d}",
        "timestamp": moment,
        "helpful_vote": text % 3,
        "verified_purchase": True,
    }


def _dirty(review: dict[str, Any], kind: float) -> bytes:
    """Return lines that the reader mends or leaves out; ``kind`` is between 0 and 1."""
    if kind < 0.4:
        return _line(review) * 2
    if kind < 0.6:
        return _line(review | {"timestamp": float(review["timestamp"])})
    if kind < 0.8:
        return _line(review | {"user_id": f" {review['user_id']}"})
    if kind < 0.9:
        return _line(review) + b"\r\n"
    return _line(review | {"timestamp": None, "sort_timestamp": review["timestamp"]})


def _metadata(generator: np.random.Generator, count: int, texts: list[str]) -> _Lines:
    said = generator.integers(0, len(texts) - 8, count).tolist()
    dirt = generator.random(count).tolist()
    for number, (first, share) in enumerate(zip(said, dirt, strict=True)):
        address = f"https://example.invalid/images/I/{_scrambled(number):018d}._AC_SL1500_.jpg"
        picture = {"thumb": address, "large": address, "variant": "MAIN", "hi_res": address}
        item = {
            "main_category": None,
            "title": texts[first][:60],
            "average_rating": 4.1,
            "rating_number": first,
            "features": texts[first : first + 4],
            "description": [texts[first + 5]],
            "price": None,
            "images": [picture, picture | {"variant": "PT01"}],
            "videos": [],
            "store": f"Store {first % 999}",
            "categories": ["Home", "Kitchen", f"Kind {first % 97}"],
            "details": {"Colour": f"{first % 13}", "Item Weight": f"{first % 50} ounces", "UPC": f"{number:012d}"},
            "parent_asin": f"B{number:09d}",
            "bought_together": None,
        }
        if share < DIRTY_SHARE / 2:
            item |= {"title": "<span class='a-size-medium", "description": None, "price": "None"}
        elif share < DIRTY_SHARE:
            item["details"] = msgspec.json.encode(item["details"]).decode()
        yield _line(item) * (2 if share > 1 - DIRTY_SHARE / 2 else 1)


def _line(entry: dict[str, Any]) -> bytes:
    return msgspec.json.encode(entry) + b"\n"


def _scrambled(number: int) -> int:
    """Return a number whose digits do not give its neighbours away, or ids would pack too well."""
    return number * 2_654_435_761 % 10**18
