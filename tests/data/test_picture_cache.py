import struct
import zlib
from pathlib import Path

import pytest
from picture_server import picture

from explainrec_models.data.picture_cache import (
    NOT_A_PICTURE,
    PLACEHOLDER,
    TOO_MANY_PIXELS,
    NotAPictureError,
    PictureCache,
    picture_suffix,
)


def _claiming(width: int, height: int) -> bytes:
    """A PNG whose head claims a size that its few bytes do not hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif")])
def test_the_suffix_is_that_of_the_content(kind: str, suffix: str) -> None:
    assert picture_suffix(picture(kind=kind)) == suffix


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", NOT_A_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NOT_A_PICTURE),
        (picture(kind="BMP"), NOT_A_PICTURE),
        *[(picture(kind=kind, size=(400, 400))[:-40], NOT_A_PICTURE) for kind in ("JPEG", "PNG", "WEBP", "GIF")],
        (_claiming(20_000, 20_000), TOO_MANY_PIXELS),
        (_claiming(8_000, 8_000), TOO_MANY_PIXELS),
        (_claiming(2**31 - 1, 2**31 - 1), TOO_MANY_PIXELS),
        (picture(kind="PNG", size=(1, 1)), PLACEHOLDER),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_content_that_is_no_usable_picture(content: bytes, reason: str) -> None:
    with pytest.raises(NotAPictureError, match=reason):
        picture_suffix(content)


def test_pictures_are_kept_whole_and_refusals_with_their_reason(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path)
    address = "https://example.org/\udcff.jpg"
    assert cache.picture(address) is None
    kept = cache.keep(address, picture(kind="PNG"))
    assert cache.picture(address) == kept
    assert kept.read_bytes() == picture(kind="PNG")
    cache.refuse(address, NOT_A_PICTURE)
    assert cache.refusal(address) == NOT_A_PICTURE
    assert cache.refusal("https://example.org/other.jpg") == ""
    with pytest.raises(NotAPictureError, match=NOT_A_PICTURE):
        cache.keep("https://example.org/other.jpg", b"text")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_a_damaged_refusal_counts_for_nothing(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path)
    cache.refuse("a", NOT_A_PICTURE)
    path = next(path for path in tmp_path.rglob("*.json"))
    for text in ("", "[]", '{"reason"'):
        path.write_text(text)
        assert cache.refusal("a") == ""
