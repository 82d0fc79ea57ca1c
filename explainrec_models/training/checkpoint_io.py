"""Lightning checkpoints without pickle: one safetensors file whose header carries everything else as JSON."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import CheckpointIO
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from explainrec_models.errors import DataError

_HEADER = "checkpoint"
_SCALARS = (str, int, float, bool, type(None))


class SafetensorsCheckpointIO(CheckpointIO):
    """Reads and writes checkpoints as data; a file from anywhere can do no more than fail to load."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:  # noqa: ARG002
        """Write to a temporary sibling and rename it, so that a killed run leaves the last whole checkpoint."""
        tensors: dict[str, torch.Tensor] = {}
        header = json.dumps(_encoded(checkpoint, tensors, where="checkpoint"))
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        save_file(tensors, partial, metadata={_HEADER: header})
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)

    def load_checkpoint(
        self,
        path: Any,
        map_location: Any = None,  # noqa: ARG002 - Lightning moves what it loads
        weights_only: bool | None = None,  # noqa: ARG002, FBT001 - Lightning's signature
    ) -> dict[str, Any]:
        """Read a checkpoint.

        Raises:
            DataError: the file is not a checkpoint that this class wrote.
        """
        try:
            with safe_open(path, framework="pt") as file:
                header = json.loads(file.metadata()[_HEADER])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
        except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError) as error:
            message = f"{path} is not a checkpoint of this project ({error}). Delete it to train from the beginning."
            raise DataError(message) from error
        loaded: dict[str, Any] = _decoded(header, tensors)
        return loaded

    def remove_checkpoint(self, path: Any) -> None:
        """Delete a checkpoint file."""
        Path(path).unlink(missing_ok=True)


def _encoded(value: Any, tensors: dict[str, torch.Tensor], *, where: str) -> Any:
    """Return ``value`` as JSON that ``_decoded`` reads; tensors go into ``tensors`` under their place.

    JSON has neither tuples nor keys other than strings, and both matter to optimisers: containers carry their kind.
    """
    if isinstance(value, torch.Tensor):
        tensors[where] = value.detach().cpu().contiguous().clone()
        return {"tensor": where}
    if isinstance(value, dict):
        pairs = [
            [_encoded(key, tensors, where=f"{where}.key"), _encoded(item, tensors, where=f"{where}.{key}")]
            for key, item in value.items()
        ]
        return {"dict": pairs}
    if isinstance(value, list | tuple):
        items = [_encoded(item, tensors, where=f"{where}.{place}") for place, item in enumerate(value)]
        return {"list" if isinstance(value, list) else "tuple": items}
    if isinstance(value, _SCALARS):
        return value
    message = f"{where} is a {type(value).__name__}: a checkpoint holds tensors, numbers, texts, lists and dicts only."
    raise TypeError(message)


def _decoded(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {_decoded(key, tensors): _decoded(item, tensors) for key, item in content}
    items = [_decoded(item, tensors) for item in content]
    return tuple(items) if kind == "tuple" else items
