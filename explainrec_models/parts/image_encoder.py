"""Pictures to vectors with a timm model, whose pooled features before the classifier are the embedding."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from safetensors.torch import load_file
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform
from torch import Tensor, nn

from explainrec_models.data.outputs import read_json
from explainrec_models.errors import DataError

MAX_PIXELS = 50_000_000
"""A picture that claims more is refused before it is decoded."""


class ImageEncoder:
    """A frozen timm model with its own preprocessing."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model.eval()
        config = resolve_model_data_config(model)  # type: ignore[no-untyped-call]
        self._transform = create_transform(**config, is_training=False)

    @classmethod
    def load(cls, folder: Path) -> "ImageEncoder":
        """Read ``config.json`` (``architecture``) and ``model.safetensors``.

        Raises:
            DataError: the weights are not those of the architecture.
        """
        architecture = read_json(folder / "config.json", made_by="pretrained@image_encoder")["architecture"]
        model = timm.create_model(architecture, pretrained=False)
        try:
            model.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
        except RuntimeError as error:
            message = f"{folder}: the weights do not fit timm's {architecture}: {error}"
            raise DataError(message) from error
        # Emptied after loading, so that the strict check covers the classifier too.
        model.reset_classifier(0)  # type: ignore[operator]
        return cls(model)

    @property
    def size(self) -> int:
        """Width of an embedding."""
        return int(self._model.num_features)  # type: ignore[arg-type]

    def encode(self, paths: Sequence[Path], *, batch_size: int = 32) -> Iterator[list[NDArray[np.float32] | None]]:
        """Yield one list a batch: an embedding (``size``), or None where the picture cannot be read."""
        for start in range(0, len(paths), batch_size):
            pictures = [self._read(path) for path in paths[start : start + batch_size]]
            readable = [picture for picture in pictures if picture is not None]
            vectors = iter(self._forward(readable))
            yield [None if picture is None else next(vectors) for picture in pictures]

    def _forward(self, pictures: list[Tensor]) -> NDArray[np.float32]:
        if not pictures:
            return np.zeros((0, self.size), dtype=np.float32)
        with torch.inference_mode():
            vectors: NDArray[np.float32] = self._model(torch.stack(pictures)).float().numpy()
        return vectors

    def _read(self, path: Path) -> Tensor | None:
        try:
            with warnings.catch_warnings(), Image.open(path) as picture:
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                if picture.width * picture.height > MAX_PIXELS:
                    return None
                tensor: Tensor = self._transform(picture.convert("RGB"))
                return tensor
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            return None
