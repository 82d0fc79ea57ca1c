"""The items' pictures: a mug, notebook or lamp whose colour and pattern show its look."""

import colorsys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from generator.items import Item

SIZE = 64
COLOURS = 16
"""Palette entries: four bits a pixel keep a picture around 300 bytes."""
Colour = tuple[int, int, int]

HUES = {"stripes": 0.03, "dots": 0.6, "checks": 0.33, "blank": 0.13}
"""Centre of each look's colour family on the colour circle: orange-red, blue, green and sand."""
HUE_SPREAD = 0.04


def draw_picture(item: Item, random: np.random.Generator) -> Image.Image:
    """Draw one item; position, hue and spacing vary so that no two pictures of a look are equal."""
    wall = 232 + int(random.integers(0, 16))
    picture = Image.new("RGB", (SIZE, SIZE), (wall, wall, wall))
    shift = (int(random.integers(-3, 4)), int(random.integers(-3, 4)))
    pattern = _pattern(item.look, random)
    mask = Image.new("L", (SIZE, SIZE), 0)
    shape = {"Mugs": _mug, "Notebooks": _notebook, "Lamps": _lamp}[item.category]
    shape(ImageDraw.Draw(picture), ImageDraw.Draw(mask), shift, int(random.integers(0, 40)))
    picture.paste(pattern, (0, 0), mask)
    return picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a palette PNG, as small as Pillow can make it."""
    picture.save(path, format="PNG", optimize=True, bits=4)


def _pattern(look: str, random: np.random.Generator) -> Image.Image:
    hue = (HUES[look] + float(random.uniform(-HUE_SPREAD, HUE_SPREAD))) % 1.0
    dark = _colour(hue, 0.85, 0.8 + float(random.uniform(-0.1, 0.1)))
    light = _colour(hue, 0.12, 0.98)
    step = int(random.integers(6, 9))
    if look == "blank":
        return Image.new("RGB", (SIZE, SIZE), _colour(hue, 0.3, 0.9))
    pattern = Image.new("RGB", (SIZE, SIZE), dark if look == "dots" else light)
    draw = ImageDraw.Draw(pattern)
    if look == "stripes":
        for top in range(int(random.integers(0, step)), SIZE, step):
            draw.rectangle((0, top, SIZE, top + step // 2 - 1), fill=dark)
    for row, top in enumerate(range(0, SIZE, step)):
        for column, left in enumerate(range(0, SIZE, step)):
            if look == "checks" and (row + column) % 2 == 0:
                draw.rectangle((left, top, left + step - 1, top + step - 1), fill=dark)
            if look == "dots":
                shifted = left + (step // 2 if row % 2 else 0)
                draw.ellipse((shifted, top, shifted + step // 2, top + step // 2), fill=light)
    return pattern


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue


def _mug(draw: ImageDraw.ImageDraw, mask: ImageDraw.ImageDraw, shift: tuple[int, int], shade: int) -> None:
    x, y = shift
    rim = (90 + shade, 90 + shade, 95 + shade)
    draw.ellipse((36 + x, 20 + y, 58 + x, 46 + y), outline=rim, width=4)
    mask.rounded_rectangle((8 + x, 12 + y, 46 + x, 56 + y), radius=6, fill=255)
    mask.ellipse((8 + x, 8 + y, 46 + x, 17 + y), fill=0)
    draw.ellipse((8 + x, 8 + y, 46 + x, 17 + y), fill=(60, 50, 45), outline=rim)


def _notebook(draw: ImageDraw.ImageDraw, mask: ImageDraw.ImageDraw, shift: tuple[int, int], shade: int) -> None:
    x, y = shift
    band = (50 + shade, 50 + shade, 60 + shade)
    draw.rectangle((13 + x, 7 + y, 55 + x, 60 + y), fill=(250, 250, 245), outline=band)
    mask.rectangle((11 + x, 4 + y, 52 + x, 57 + y), fill=255)
    mask.rectangle((11 + x, 4 + y, 17 + x, 57 + y), fill=0)
    draw.rectangle((11 + x, 4 + y, 17 + x, 57 + y), fill=band)


def _lamp(draw: ImageDraw.ImageDraw, mask: ImageDraw.ImageDraw, shift: tuple[int, int], shade: int) -> None:
    x, y = shift
    foot = (80 + shade, 75 + shade, 70 + shade)
    draw.rectangle((30 + x, 38 + y, 33 + x, 56 + y), fill=foot)
    draw.ellipse((18 + x, 53 + y, 45 + x, 60 + y), fill=foot)
    mask.polygon(((20 + x, 5 + y), (43 + x, 5 + y), (58 + x, 40 + y), (5 + x, 40 + y)), fill=255)
