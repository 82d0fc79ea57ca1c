"""Pictures as they come: every kind ends in upright RGB, every broken one in a reason."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explainrec_models.data.picture_cache import MAX_PIXELS
from explainrec_models.parts import picture_loading
from explainrec_models.parts.picture_loading import Unreadable, no_remarks, read_picture

SKY, SAND = (40, 120, 220), (230, 200, 120)


def two_halves(width: int = 60, height: int = 40) -> Image.Image:
    """Sky in the upper half, sand in the lower."""
    picture = Image.new("RGB", (width, height), SKY)
    picture.paste(SAND, (0, height // 2, width, height))
    return picture


def read(path: Path, *, enough: int = 16) -> Image.Image:
    picture = read_picture(path, enough=enough)
    assert isinstance(picture, Image.Image), picture
    assert picture.mode == "RGB"
    return picture


def near(found: object, expected: tuple[int, int, int], tolerance: int = 6) -> bool:
    return bool(np.abs(np.array(found) - np.array(expected)).max() <= tolerance)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.tif"])
def test_usual_formats(tmp_path: Path, name: str) -> None:
    two_halves().save(tmp_path / name)
    picture = read(tmp_path / name)
    assert picture.size == (60, 40)
    assert near(picture.getpixel((30, 5)), SKY)
    assert near(picture.getpixel((30, 35)), SAND)


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    two_halves().save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert read(tmp_path / "a.jpg").size == (60, 40)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_colour_modes(tmp_path: Path, mode: str) -> None:
    black_and_white = Image.new("RGB", (20, 20), "white")
    black_and_white.paste((0, 0, 0), (0, 10, 20, 20))
    name = "a.jpg" if mode in {"CMYK", "YCbCr"} else "a.png"
    black_and_white.convert(mode).save(tmp_path / name)
    picture = read(tmp_path / name)
    assert near(picture.getpixel((5, 3)), (255, 255, 255))
    assert near(picture.getpixel((5, 16)), (0, 0, 0))


def test_a_phone_picture_is_turned_upright(tmp_path: Path) -> None:
    lying = two_halves().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.save(tmp_path / "a.jpg", exif=exif, quality=95)
    picture = read(tmp_path / "a.jpg")
    assert picture.size == (60, 40)
    assert near(picture.getpixel((30, 5)), SKY)


def test_broken_notes_do_not_make_a_picture_unreadable(tmp_path: Path) -> None:
    two_halves().save(tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    with no_remarks():
        assert read(tmp_path / "a.jpg").size == (60, 40)


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    picture.paste((*SKY, 255), (0, 0, 20, 10))
    picture.save(tmp_path / "a.png")
    found = read(tmp_path / "a.png")
    assert found.getpixel((5, 5)) == SKY
    assert found.getpixel((5, 15)) == (255, 255, 255)


def test_a_transparent_palette_is_white_too(tmp_path: Path) -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, *SKY])
    picture.paste(1, (0, 0, 20, 10))
    picture.save(tmp_path / "a.gif", transparency=0)
    found = read(tmp_path / "a.gif")
    assert near(found.getpixel((5, 5)), SKY)
    assert found.getpixel((5, 15)) == (255, 255, 255)


def test_sixteen_bits_keep_their_shades(tmp_path: Path) -> None:
    """20,000 of 65,535 is 77 of 255; cut off at 255 it would be white."""
    values = np.full((8, 8), 20_000, dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").getpixel((2, 2)) == (77, 77, 77)


@pytest.mark.parametrize(("value", "expected"), [(0.5, 127), (100.0, 100), (65535.0, 255), (float("nan"), 0)])
def test_shades_as_floats_are_scaled_by_their_range(tmp_path: Path, value: float, expected: int) -> None:
    Image.fromarray(np.full((8, 8), value, dtype=np.float32)).save(tmp_path / "a.tif")
    assert read(tmp_path / "a.tif").getpixel((2, 2)) == (expected,) * 3


def test_the_first_frame_stands_for_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (SKY, SAND, SAND)]
    for name in ("a.gif", "a.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert near(read(tmp_path / name).getpixel((5, 5)), SKY)


def test_a_large_jpeg_is_decoded_at_a_fraction_that_still_has_enough(tmp_path: Path) -> None:
    """1,600 x 1,200 for 100 pixels: a quarter leaves 400 x 300, an eighth would leave less than three times 100."""
    two_halves(1600, 1200).save(tmp_path / "a.jpg")
    assert read(tmp_path / "a.jpg", enough=100).size == (400, 300)
    assert read(tmp_path / "a.jpg", enough=700).size == (1600, 1200)


def test_a_strip_is_cut_to_its_middle(tmp_path: Path) -> None:
    """Scaled so that its shorter side has 256 pixels, one line of 40,000 would take eight gigabytes."""
    line = Image.new("RGB", (1, 40_000), SAND)
    line.paste(SKY, (0, 19_900, 1, 20_100))
    line.save(tmp_path / "a.png")
    picture = read(tmp_path / "a.png")
    assert picture.size == (1, 16)
    assert picture.getcolors() == [(16, SKY)]


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def bomb(path: Path, side: int) -> Path:
    """A few bytes that claim ``side`` x ``side`` pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("side", [8_000, 10_000, 20_000])
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path, side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    assert side * side > MAX_PIXELS
    with no_remarks():
        assert read_picture(bomb(tmp_path / "a.png", side), enough=16) is Unreadable.TOO_MANY_PIXELS


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.tif"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_short_has_a_reason(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    assert read_picture(tmp_path / name, enough=16) in {Unreadable.DAMAGED, Unreadable.NOT_A_PICTURE}


def test_what_is_no_picture_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html>404</html>")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    reasons = [read_picture(tmp_path / f"{name}.jpg", enough=16) for name in ("page", "empty", "folder", "none")]
    nothing = Unreadable.NOT_A_PICTURE
    assert reasons == [nothing, nothing, Unreadable.NOT_OPENED, Unreadable.MISSING]


def test_formats_that_start_other_programs_are_not_read(tmp_path: Path) -> None:
    two_halves().save(tmp_path / "a.eps")
    assert "EPS" in Image.OPEN
    assert "EPS" not in picture_loading.FORMATS
    assert read_picture(tmp_path / "a.eps", enough=16) is Unreadable.NOT_A_PICTURE


def test_random_damage_never_raises(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    for name in ("a.png", "a.jpg", "a.webp", "a.gif", "a.tif"):
        two_halves().save(tmp_path / name)
        whole = np.frombuffer((tmp_path / name).read_bytes(), dtype=np.uint8)
        for _ in range(40):
            damaged = whole.copy()
            damaged[generator.integers(0, len(whole), 6)] = generator.integers(0, 256, 6)
            (tmp_path / name).write_bytes(damaged.tobytes())
            with no_remarks():
                assert isinstance(read_picture(tmp_path / name, enough=16), Image.Image | Unreadable)
