from pathlib import Path

import pytest

from explainrec_models.data.category_files import META, META_NAMES, CategoryFiles, files_in, pictures
from explainrec_models.errors import DataError, MissingArtefactError

WHERE = Path("shop")
FILES = CategoryFiles(
    "invented",
    roles={"left": ["{}.left", "{}.left.gz"], "right": ["{}.right", "{}.right.gz"], "whole": ["{}"], META: META_NAMES},
    ways=[["left", "right"], ["whole"]],
)


def test_files_are_found_in_any_folder_by_their_whole_names() -> None:
    names = ["raw/meta/raw_meta_Mugs.jsonl.gz", "old/old_Mugs", "a/Mugs/x", "raw/Mugs"]
    assert FILES.find(names, "Mugs", where=WHERE) == {"whole": "raw/Mugs", META: "raw/meta/raw_meta_Mugs.jsonl.gz"}
    assert FILES.find(["Mugs.left.gz", "Mugs.right"], "Mugs", where=WHERE) == {
        "left": "Mugs.left.gz",
        "right": "Mugs.right",
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], r"expected Mugs\.left or Mugs\.left\.gz or Mugs\."),
        (["meta_Mugs.jsonl"], r"expected Mugs\.left or Mugs\.left\.gz or Mugs\."),
        (["Mugs.left"], r"expected Mugs\.right or Mugs\.right\.gz\."),
    ],
)
def test_what_is_missing_is_named(names: list[str], expected: str) -> None:
    with pytest.raises(MissingArtefactError, match=rf"shop has no file for category Mugs: {expected}"):
        FILES.find(names, "Mugs", where=WHERE)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a/Mugs", "b/Mugs"], "a/Mugs and b/Mugs"),
        (["Mugs", "Mugs.left"], "Mugs.left and Mugs"),
        (["Mugs", "meta_Mugs.jsonl", "raw_meta_Mugs.jsonl"], "meta_Mugs.jsonl and raw_meta_Mugs.jsonl"),
    ],
)
def test_what_is_ambiguous_is_named(names: list[str], found: str) -> None:
    with pytest.raises(DataError, match=f"shop has {found} for category Mugs: keep one of them, or name its folder"):
        FILES.find(names, "Mugs", where=WHERE)


def test_pictures_lie_in_one_folder() -> None:
    names = ["shop/images/a.png", "shop/images/b.JPEG", "shop/images/c.txt", "shop/d.png", "shop/images/e/f.png"]
    assert pictures(names, where=WHERE) == ("shop/images/a.png", "shop/images/b.JPEG")
    with pytest.raises(DataError, match="shop has images and shop/images for pictures: keep one"):
        pictures([*names, "images/a.png"], where=WHERE)


def test_only_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "b").touch()
    (tmp_path / "a").touch()
    assert files_in(tmp_path) == ["a", "b"]
