"""Contact sheets: every readable picture in its cell, nothing written without one."""

from pathlib import Path

from PIL import Image

from explainrec_models.parts.contact_sheet import CELL, COLUMNS, write_contact_sheet


def test_pictures_lie_in_their_cells_and_unreadable_ones_leave_a_gap(tmp_path: Path) -> None:
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    paths = [tmp_path / f"{n}.png" for n in range(4)]
    for path, colour in zip((paths[0], paths[2], paths[3]), colours, strict=True):
        Image.new("RGB", (100, 80), colour).save(path)
    paths[1].write_text("no picture")
    assert write_contact_sheet(paths, tmp_path / "sheet.png") == 3
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (COLUMNS * CELL, CELL)
        middles = [sheet.getpixel((place * CELL + CELL // 2, CELL // 2)) for place in range(4)]
    assert middles == [colours[0], (245, 245, 245), colours[1], colours[2]]


def test_a_long_list_is_sampled_evenly(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.png" for n in range(70)]
    for path in paths:
        Image.new("RGB", (8, 8)).save(path)
    assert write_contact_sheet(paths, tmp_path / "sheet.png") == 32


def test_no_pictures_no_sheet(tmp_path: Path) -> None:
    assert write_contact_sheet([], tmp_path / "sheet.png") == 0
    assert not (tmp_path / "sheet.png").exists()


def test_a_bomb_and_a_strip_stay_small(tmp_path: Path) -> None:
    Image.new("1", (20_000, 3_000)).save(tmp_path / "bomb.png")
    Image.new("RGB", (1, 40_000)).save(tmp_path / "strip.png")
    assert write_contact_sheet([tmp_path / "bomb.png", tmp_path / "strip.png"], tmp_path / "sheet.png") == 1
