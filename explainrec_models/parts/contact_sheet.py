"""A small picture of many pictures, for a person to see that the right ones were read."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from explainrec_models.parts.picture_loading import Unreadable, no_remarks, read_picture

COLUMNS = 8
ROWS = 4
CELL = 64
BACKGROUND = (245, 245, 245)


def write_contact_sheet(paths: Sequence[Path], out: Path) -> int:
    """Draw up to 32 pictures, spread evenly over ``paths``, into one PNG.

    Args:
        paths: pictures; those that cannot be read leave their cell empty.
        out: file to write; nothing is written without a picture.

    Returns:
        How many were drawn.
    """
    count = min(len(paths), COLUMNS * ROWS)
    chosen = [paths[place * len(paths) // count] for place in range(count)]
    sheet = Image.new("RGB", (COLUMNS * CELL, -(-count // COLUMNS) * CELL or CELL), BACKGROUND)
    drawn = 0
    for place, path in enumerate(chosen):
        cell = _thumbnail(path)
        if cell is None:
            continue
        left = (place % COLUMNS) * CELL + (CELL - cell.width) // 2
        top = (place // COLUMNS) * CELL + (CELL - cell.height) // 2
        sheet.paste(cell, (left, top))
        drawn += 1
    if drawn:
        sheet.save(out, optimize=True)
    return drawn


def _thumbnail(path: Path) -> Image.Image | None:
    with no_remarks():
        picture = read_picture(path, enough=CELL)
    if isinstance(picture, Unreadable):
        return None
    picture.thumbnail((CELL - 4, CELL - 4))
    return picture
