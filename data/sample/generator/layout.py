"""The shop's files, spelled in the layout of Amazon Reviews 2023."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from generator import world
from generator.items import EMPTY_DESCRIPTIONS, WITHOUT_METADATA, Item
from generator.reviews import Review

HOST = "https://example.invalid/shop/images"


def write_shop(shop: Path, items: list[Item], reviews: list[Review]) -> None:
    """Write the review and metadata file of each category; reviews stand user by user, as in the real files."""
    shop.mkdir(parents=True, exist_ok=True)
    ratings: dict[str, list[int]] = defaultdict(list)
    for review in reviews:
        ratings[review.item.item_id].append(review.rating)
    for category in world.CATEGORIES:
        of_category = [review for review in reviews if review.item.category == category]
        _write_lines(shop / f"{category}.jsonl", (_review_line(review) for review in of_category))
        described = [i for i in items if i.category == category and i.place not in WITHOUT_METADATA]
        _write_lines(shop / f"meta_{category}.jsonl", (_meta_line(i, ratings[i.item_id]) for i in described))


def _review_line(review: Review) -> dict[str, Any]:
    parent = review.item.item_id
    stem = f"{HOST}/{review.user_id}-{parent}"
    photo = {
        "small_image_url": f"{stem}-small.png",
        "medium_image_url": f"{stem}-medium.png",
        "large_image_url": f"{stem}-large.png",
        "attachment_type": "IMAGE",
    }
    return {
        "rating": float(review.rating),
        "title": review.title,
        "text": review.text,
        "images": [photo] if review.pictured else [],
        "asin": f"{parent[:-2]}{review.variant:02d}",
        "parent_asin": parent,
        "user_id": review.user_id,
        "timestamp": review.timestamp,
        "helpful_vote": review.helpful_vote,
        "verified_purchase": review.verified,
    }


def _meta_line(item: Item, ratings: list[int]) -> dict[str, Any]:
    path = world.PATHS[item.category]
    description = [world.THEME_SENTENCES[item.theme], world.USE_SENTENCES[item.category]]
    url = f"{HOST}/{item.item_id}.png"
    return {
        "main_category": path[0],
        "title": item.title,
        "average_rating": round(sum(ratings) / len(ratings), 1) if ratings else 0.0,
        "rating_number": len(ratings),
        "features": [f"Made of {item.material}", world.CARE_FEATURES[item.category]],
        "description": [] if item.place in EMPTY_DESCRIPTIONS else description,
        "price": item.price,
        "images": [{"thumb": url, "large": url, "variant": "MAIN", "hi_res": None}],
        "videos": [],
        "store": item.store,
        "categories": path,
        "details": {
            "Theme": item.theme,
            "Material": item.material,
            world.NEUTRAL_DETAIL[item.category][0]: item.neutral,
        },
        "parent_asin": item.item_id,
        "bought_together": None,
    }


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    # Compact separators keep the committed files small; a real file has spaces, a JSON reader sees no difference.
    text = "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")
