"""Item pictures as small data URIs, so that the page needs no other file."""

import base64
import io
from collections import Counter
from pathlib import Path

from PIL import Image

LONGEST_SIDE = 128
"""Pixels of a thumbnail's longer side."""

BUDGET = 3_000_000
"""Characters of pictures in one page; keeps the page below 5 MB whatever the catalogue holds."""


class Pictures:
    """Makes thumbnails and counts what became of each request.

    Attributes:
        counts: how many pictures were ``shown``, ``absent``, ``unreadable`` and ``over_budget``.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        """Start with nothing spent."""
        self.counts: Counter[str] = Counter(shown=0, absent=0, unreadable=0, over_budget=0)
        self._budget = budget
        self._made: dict[Path, str | None] = {}

    def thumbnail(self, raw: Path, image: str | None) -> str | None:
        """Return the picture as a data URI, or nothing where a placeholder must stand.

        Args:
            raw: the dataset's raw folder; no picture outside it is read.
            image: path inside ``raw``, if the item has a picture.
        """
        if not image:
            self.counts["absent"] += 1
            return None
        path = (raw / image).resolve()
        if path not in self._made:
            self._made[path] = _encode(path) if path.is_relative_to(raw.resolve()) else None
        uri = self._made[path]
        if uri is None:
            self.counts["unreadable"] += 1
        elif len(uri) > self._budget:
            self.counts["over_budget"] += 1
            return None
        else:
            self._budget -= len(uri)
            self.counts["shown"] += 1
        return uri


def _encode(path: Path) -> str | None:
    """Return a JPEG thumbnail; transparency becomes white, because JPEG has none."""
    try:
        with Image.open(path) as opened:
            opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            picture = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    buffer = io.BytesIO()
    ground.convert("RGB").save(buffer, format="JPEG", quality=72, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
