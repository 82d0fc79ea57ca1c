import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from explainrec_models.reporting.pictures import Pictures


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    (folder / "images").mkdir(parents=True)
    Image.new("RGBA", (400, 200), (255, 0, 0, 0)).save(folder / "images" / "clear.png")
    (folder / "images" / "broken.png").write_bytes(b"not a picture")
    Image.new("RGB", (9, 9)).save(tmp_path / "outside.png")
    return folder


def test_a_thumbnail_is_small_and_transparency_is_white(raw: Path) -> None:
    uri = Pictures().thumbnail(raw, "images/clear.png")
    assert uri is not None
    kind, _, content = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        assert picture.size == (128, 64)
        assert picture.getpixel((60, 30)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("image", "counted"),
    [
        (None, "absent"),
        ("", "absent"),
        ("images/broken.png", "unreadable"),
        ("images/gone.png", "unreadable"),
        ("../outside.png", "unreadable"),
    ],
)
def test_what_cannot_be_shown_is_counted(raw: Path, image: str | None, counted: str) -> None:
    pictures = Pictures()
    assert pictures.thumbnail(raw, image) is None
    assert {name: count for name, count in pictures.counts.items() if count} == {counted: 1}


def test_the_budget_bounds_the_page(raw: Path) -> None:
    size = len(Pictures().thumbnail(raw, "images/clear.png") or "")
    pictures = Pictures(budget=2 * size)
    shown = [pictures.thumbnail(raw, "images/clear.png") is not None for _ in range(3)]
    assert shown == [True, True, False]
    assert pictures.counts["over_budget"] == 1
