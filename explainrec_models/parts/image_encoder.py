"""Pictures to vectors with a timm model, whose pooled features before the classifier are the embedding.

Each worker thread reads a batch of files and runs the model on it with one torch thread, so that reading and computing
fill every core and a vector's bits depend neither on the number of workers nor on their timing. The model runs in fp32:
in bf16 EfficientNet-Lite0's vectors have a cosine of 0.993 with these, and its depthwise convolutions are slower.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform
from torch import Tensor, nn
from torchvision.transforms import InterpolationMode, Resize, v2

from explainrec_models.data.outputs import read_json
from explainrec_models.errors import DataError
from explainrec_models.parts.folding import fold_batch_norms
from explainrec_models.parts.picture_loading import Unreadable, no_remarks, read_picture

BATCH = 16
"""Pictures a forward pass. EfficientNet-Lite0 is fastest with 16 where ``THP_MEM_ALLOC_ENABLE=1`` gives torch large
pages; without them much of the time goes into clearing small ones, and 4 to 16 are about equally fast."""

Encoded = NDArray[np.float32] | Unreadable


class ImageEncoder:
    """A frozen timm model with its own preprocessing.

    Attributes:
        size: width of an embedding.
    """

    size: int

    def __init__(self, model: nn.Module) -> None:
        config = resolve_model_data_config(model)  # type: ignore[no-untyped-call]
        self._shape: tuple[int, int, int] = config["input_size"]
        mean, deviation = torch.tensor(config["mean"]), torch.tensor(config["std"])
        # (bytes / 255 - mean) / deviation; a number for each byte, in their order, is faster than one a channel.
        self._scale, self._shift = (
            numbers.expand(*self._shape[1:], 3).contiguous().permute(2, 0, 1)
            for numbers in (1 / (255 * deviation), -mean / deviation)
        )
        self._prepare = _preparation(config)
        noise = torch.rand(1, *self._shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
        # Pictures are decoded to one pixel after another, which is also the faster order for convolutions.
        self._model = fold_batch_norms(model.eval(), noise).to(memory_format=torch.channels_last)
        self.size = self._forward(noise).shape[1]

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

    def encode(
        self, paths: Sequence[Path], *, batch_size: int = BATCH, workers: int | None = None
    ) -> Iterator[list[Encoded]]:
        """Yield one list a batch, in the order of ``paths``: an embedding (``size``), or why there is none.

        Args:
            paths: one a picture.
            batch_size: pictures a forward pass, each in a place of its own: a vector does not depend on its neighbours.
            workers: threads that read and compute; unset, as many as torch would use, and no more than there are cores.
        """
        threads = torch.get_num_threads()
        workers = workers or min(threads, os.cpu_count() or 1)
        starts = range(0, len(paths), batch_size)
        waiting: deque[Future[list[Encoded]]] = deque()
        with no_remarks(), ThreadPoolExecutor(workers, initializer=_use_one_torch_thread) as pool:
            try:
                for start in starts:
                    waiting.append(pool.submit(self._encode_batch, paths[start : start + batch_size], batch_size))
                    if len(waiting) > 2 * workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()
                # What a worker sets is also what threads to come will start with.
                torch.set_num_threads(threads)

    def _encode_batch(self, paths: Sequence[Path], batch_size: int) -> list[Encoded]:
        pictures = torch.zeros((batch_size, *self._shape)).to(memory_format=torch.channels_last)
        found: list[Unreadable | None] = []
        for place, path in enumerate(paths):
            picture = read_picture(path, enough=max(self._shape[1:]))
            if isinstance(picture, Unreadable):
                found.append(picture)
            else:
                pictures[place].copy_(self._prepare(picture)).mul_(self._scale).add_(self._shift)
                found.append(None)
        if all(found):
            return [reason for reason in found if reason]
        vectors = self._forward(pictures).numpy()
        return [reason or vectors[place] for place, reason in enumerate(found)]

    def _forward(self, pictures: Tensor) -> Tensor:
        with torch.inference_mode():
            vectors: Tensor = self._model(pictures)
        return vectors


def _preparation(config: dict[str, Any]) -> Callable[[Image.Image], Tensor]:
    """Return the model's own resizing and cropping, from a picture to bytes (3, height, width)."""
    steps = create_transform(**config, is_training=False, use_prefetcher=True).transforms
    scaling, to_tensor = steps[0], steps[-1]
    if isinstance(scaling, Resize) and scaling.interpolation in {InterpolationMode.BICUBIC, InterpolationMode.BILINEAR}:
        # The same filter as Pillow's in less than half of its time, and at most 2 of 255 levels away from it.
        scaling = v2.Resize(scaling.size, scaling.interpolation, antialias=True)
        steps = [to_tensor, scaling, *steps[1:-1]]

    def prepare(picture: Image.Image) -> Tensor:
        tensor: Any = picture
        for step in steps:
            tensor = step(tensor)
        prepared: Tensor = tensor
        return prepared

    return prepare


def _use_one_torch_thread() -> None:
    torch.set_num_threads(1)
