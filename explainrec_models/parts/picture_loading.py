"""Reading a picture file of unknown origin: upright, in plain RGB, or the reason why it cannot be used."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from explainrec_models.data.picture_cache import MAX_PIXELS

LONGEST_TO_SHORTEST = 16
"""Of a longer strip the middle is kept: scaled by its shorter side, a line of pixels would fill the memory."""

DRAFT_MARGIN = 3
"""A JPEG is decoded at half, a quarter or an eighth of its size while each side keeps this many times what is needed.
The vectors of mosaics of 1,500 x 2,200 pixels keep a cosine of 0.9997 with those decoded in full; with 2, 0.9991."""

_WANTED = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "JPEG2000", "BMP", "TIFF")
# Registered here, once, since threads that read would each do it. Formats by name, since some that Pillow knows start
# other programs, such as Ghostscript for EPS.
Image.init()
FORMATS = tuple(name for name in _WANTED if name in Image.OPEN)


@contextmanager
def no_remarks() -> Iterator[None]:
    """Keep Pillow from printing remarks on odd files, which name no file; for all threads, so not inside of one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


class Unreadable(StrEnum):
    """Why a picture cannot be used."""

    MISSING = "no such file"
    NOT_OPENED = "cannot be opened"
    NOT_A_PICTURE = "not a picture of a known format"
    TOO_MANY_PIXELS = "too many pixels"
    DAMAGED = "damaged or cut short"
    COLOURS = "colours that cannot be converted"


def read_picture(path: Path, *, enough: int) -> Image.Image | Unreadable:
    """Return the first frame in RGB, turned as its EXIF says, on white where it is transparent.

    Args:
        path: a file of any format in ``FORMATS``, whatever its name ends in.
        enough: pixels that the shorter side needs; a JPEG that has several times as many is decoded at a fraction.
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return Unreadable.TOO_MANY_PIXELS
            # Pillow takes the largest fraction at which both sides keep what is asked for.
            picture.draft(None, (DRAFT_MARGIN * enough, DRAFT_MARGIN * enough))
            picture.load()
            loaded = _upright(_middle(picture))
    # Damaged files make decoders raise nearly anything; what they raise says nothing more than that.
    except Exception as error:
        return _reason(error)
    try:
        return _in_rgb(loaded)
    except (ValueError, OSError):
        return Unreadable.COLOURS


def _reason(error: Exception) -> Unreadable:
    if isinstance(error, Image.DecompressionBombError):
        return Unreadable.TOO_MANY_PIXELS
    if isinstance(error, UnidentifiedImageError):
        return Unreadable.NOT_A_PICTURE
    if isinstance(error, FileNotFoundError):
        return Unreadable.MISSING
    # Decoders raise OSError too, but only the system gives it a number.
    if isinstance(error, OSError) and error.errno is not None:
        return Unreadable.NOT_OPENED
    return Unreadable.DAMAGED


def _middle(picture: Image.Image) -> Image.Image:
    """Return the picture, or the middle of one that is very long or very high."""
    limit = LONGEST_TO_SHORTEST * min(picture.size)
    if max(picture.size) <= limit:
        return picture
    width, height = (min(side, limit) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _upright(picture: Image.Image) -> Image.Image:
    # A picture whose notes are broken is still a picture.
    with suppress(Exception):
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _in_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        return _eight_bits(picture).convert("RGB")
    if picture.has_transparency_data:
        colours = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(colours, mask=colours.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Return a grey picture of more than eight bits scaled to eight; Pillow's conversion cuts off what is brighter."""
    values = np.nan_to_num(np.asarray(picture, dtype=np.float32), posinf=0.0, neginf=0.0)
    largest = float(values.max())
    sixteen = picture.mode.startswith("I;16")
    white = 65535.0 if sixteen else next((top for top in (1.0, 255.0, 65535.0) if largest <= top), largest)
    return Image.fromarray((values.clip(0.0, white) * (255.0 / white)).astype(np.uint8))
