"""Pictures to vectors: small architectures at random weights, exact whatever the batch, unreadable files not fatal."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform

from explainrec_models.data.outputs import write_json
from explainrec_models.errors import DataError
from explainrec_models.parts import image_encoder
from explainrec_models.parts.image_encoder import Encoded, ImageEncoder
from explainrec_models.parts.picture_loading import Unreadable, read_picture

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


def encoded(folder: Path, paths: list[Path], *, batch_size: int = 3, workers: int = 2) -> list[Encoded]:
    batches = ImageEncoder.load(folder).encode(paths, batch_size=batch_size, workers=workers)
    return [vector for batch in batches for vector in batch]


def vectors(folder: Path, paths: list[Path], *, batch_size: int = 3, workers: int = 2) -> NDArray[np.float32]:
    found = encoded(folder, paths, batch_size=batch_size, workers=workers)
    return np.array([vector for vector in found if not isinstance(vector, Unreadable)])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eleven pictures of shapes and files of several kinds."""
    path, generator = tmp_path_factory.mktemp("pictures"), np.random.default_rng(5)
    paths = []
    for number in range(11):
        coarse = generator.integers(0, 255, (6, 5 + number, 3), dtype=np.uint8)
        paths.append(path / f"{number}.{('png', 'jpg', 'webp')[number % 3]}")
        Image.fromarray(coarse).resize((120 + 30 * number, 200), Image.Resampling.BICUBIC).save(paths[-1])
    return paths


def test_a_vector_depends_neither_on_its_batch_nor_on_the_threads(folder: Path, pictures: list[Path]) -> None:
    """To the last bit: alone in a padded batch, in another order, with one worker and with three."""
    together = vectors(folder, pictures)
    alone = np.concatenate([vectors(folder, [path]) for path in pictures])
    backwards = vectors(folder, pictures[::-1])[::-1]
    for found in (alone, backwards, vectors(folder, pictures, workers=1), vectors(folder, pictures, workers=3)):
        np.testing.assert_array_equal(found, together)
    assert not np.allclose(together[0], together[3])


def test_an_unreadable_neighbour_changes_no_bit(folder: Path, pictures: list[Path], tmp_path: Path) -> None:
    np.testing.assert_array_equal(vectors(folder, [tmp_path / "none", *pictures[:2]]), vectors(folder, pictures)[:2])


@pytest.mark.parametrize("architecture", ["test_efficientnet", "test_resnet", "test_vit", "test_convnext"])
def test_vectors_are_those_of_timms_own_loop(architecture: str, pictures: list[Path]) -> None:
    """Scaling on bytes is up to two levels of 255 off Pillow's; folding and the order of bytes are exact to 1e-4."""
    torch.manual_seed(0)
    model = timm.create_model(architecture, num_classes=0).eval()
    prepare = create_transform(**resolve_model_data_config(model), is_training=False)  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        expected = torch.cat([model(prepare(picture_of(path))[None]) for path in pictures]).numpy()
    encoder = ImageEncoder(model)
    found = np.array([vector for batch in encoder.encode(pictures) for vector in batch])
    cosines = (found * expected).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(expected, axis=1)
    assert found.shape == expected.shape == (11, encoder.size)
    assert cosines.min() >= 0.9999


def picture_of(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        return opened.convert("RGB")


def test_pictures_are_scaled_and_cropped_as_timm_does(pictures: list[Path]) -> None:
    model = timm.create_model(ARCHITECTURE)
    config = resolve_model_data_config(model)  # type: ignore[no-untyped-call]
    reference = create_transform(**config, is_training=False, use_prefetcher=True)
    encoder = ImageEncoder(model)
    for path in pictures:
        found, expected = encoder._prepare(picture_of(path)), reference(picture_of(path))
        assert found.shape == expected.shape
        assert (found.int() - expected.int()).abs().max() <= 2


def test_unreadable_pictures_leave_their_reason_in_their_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("<html>not found</html>")
    whole = picture(tmp_path / "whole.png", (1, 2, 3), size=(300, 300)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    Image.new("1", (20_000, 3_000)).save(tmp_path / "bomb.png")
    names = ["text.png", "whole.png", "cut.png", "missing.png", "bomb.png"]
    found = encoded(folder, [tmp_path / name for name in names])
    assert isinstance(found[1], np.ndarray)
    assert [found[0], *found[2:]] == [
        Unreadable.NOT_A_PICTURE,
        Unreadable.DAMAGED,
        Unreadable.MISSING,
        Unreadable.TOO_MANY_PIXELS,
    ]


def test_no_pictures_no_batches(folder: Path) -> None:
    assert encoded(folder, []) == []


def test_few_pictures_wait_in_memory(folder: Path, pictures: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes the vectors slowly holds the workers up: five batches are begun for the first one."""
    begun: list[Path] = []

    def read(path: Path, *, enough: int) -> Image.Image | Unreadable:
        begun.append(path)
        return read_picture(path, enough=enough)

    monkeypatch.setattr(image_encoder, "read_picture", read)
    batches = ImageEncoder.load(folder).encode(pictures * 9, batch_size=1, workers=2)
    next(batches)
    assert len(begun) <= 2 * 2 + 1
    batches.close()  # type: ignore[attr-defined]
    assert len(begun) <= 2 * 2 + 1


def test_torch_has_its_threads_back_afterwards(folder: Path, pictures: list[Path]) -> None:
    before = torch.get_num_threads()
    encoded(folder, pictures)
    assert torch.get_num_threads() == before
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == before


def test_the_width_is_that_of_the_vectors(tmp_path: Path) -> None:
    """MobileNetV3's ``num_features`` is that of its last map; what it gives has passed through one more layer."""
    encoder = ImageEncoder(timm.create_model("mobilenetv3_small_050", num_classes=0))
    (found,) = next(iter(encoder.encode([picture(tmp_path / "a.png", (1, 2, 3))])))
    assert isinstance(found, np.ndarray)
    assert found.shape == (encoder.size,) == (1024,)


def test_weights_of_another_architecture_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    write_json(tmp_path / "config.json", {"architecture": "resnet18"})
    with pytest.raises(DataError, match="the weights do not fit timm's resnet18"):
        ImageEncoder.load(tmp_path)
