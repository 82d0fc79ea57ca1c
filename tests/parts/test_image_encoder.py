"""Pictures to vectors: the real architecture at random weights, unreadable files counted and not fatal."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from explainrec_models.data.outputs import write_json
from explainrec_models.errors import DataError
from explainrec_models.parts.image_encoder import ImageEncoder

ARCHITECTURE = "test_efficientnet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    save_file(timm.create_model(ARCHITECTURE).state_dict(), path / "model.safetensors")
    write_json(path / "config.json", {"architecture": ARCHITECTURE})
    return path


def picture(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (40, 60)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def encoded(folder: Path, paths: list[Path], batch_size: int = 2) -> list[np.ndarray | None]:
    return [vector for batch in ImageEncoder.load(folder).encode(paths, batch_size=batch_size) for vector in batch]


def test_a_vector_does_not_depend_on_the_batch(folder: Path, tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"{n}.png", (n * 60, 20, 200)) for n in range(4)]
    alone = [encoded(folder, [path])[0] for path in paths]
    together = encoded(folder, paths, batch_size=3)
    np.testing.assert_allclose(np.array(together), np.array(alone), atol=1e-5)
    assert not np.allclose(np.array(together)[0], np.array(together)[3])


def test_unreadable_pictures_give_none_in_their_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("<html>not found</html>")
    (tmp_path / "cut.png").write_bytes(picture(tmp_path / "whole.png", (1, 2, 3)).read_bytes()[:40])
    names = ["text.png", "whole.png", "cut.png", "missing.png"]
    vectors = encoded(folder, [tmp_path / name for name in names])
    assert [vector is None for vector in vectors] == [True, False, True, True]


def test_pictures_that_claim_too_many_pixels_are_not_decoded(folder: Path, tmp_path: Path) -> None:
    Image.new("1", (20_000, 3_000)).save(tmp_path / "bomb.png")
    assert encoded(folder, [tmp_path / "bomb.png"]) == [None]


def test_transparent_and_grey_pictures_are_read(folder: Path, tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9), (1, 2, 3, 4)).save(tmp_path / "rgba.png")
    Image.new("L", (9, 9), 7).save(tmp_path / "grey.png")
    vectors = encoded(folder, [tmp_path / "rgba.png", tmp_path / "grey.png"])
    assert all(vector is not None and np.isfinite(vector).all() for vector in vectors)


def test_weights_of_another_architecture_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    write_json(tmp_path / "config.json", {"architecture": "resnet18"})
    with pytest.raises(DataError, match="the weights do not fit timm's resnet18"):
        ImageEncoder.load(tmp_path)
