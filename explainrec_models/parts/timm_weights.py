"""Weights of another EfficientNet implementation under timm's names, matched by order and shape."""

from pathlib import Path
from pickle import UnpicklingError

from explainrec_models.errors import DataError


def convert_pickled_weights(weights: Path, out: Path, *, architecture: str) -> None:
    """Write a PyTorch state dict as safetensors with timm's tensor names.

    The two implementations define the same layers in the same order, so the n-th tensor of one is the n-th of the
    other. That is checked: the number, every shape and the last part of every name ("running_mean") must agree.

    Args:
        weights: a ``.pth`` file; only tensors are unpickled.
        out: file to write.
        architecture: timm's name.

    Raises:
        DataError: the tensors do not agree with the architecture.
    """
    import timm
    import torch
    from safetensors.torch import save_file

    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        # torch's own text advises to load it anyway, with code and all.
        message = f"{weights} is not a file of tensors alone, and anything else may run code. Fetch the model again."
        raise DataError(message) from error
    expected = timm.create_model(architecture, pretrained=False).state_dict()
    if len(state) != len(expected):
        message = f"{weights} holds {len(state)} tensors, timm's {architecture} has {len(expected)}."
        raise DataError(message)
    renamed = {}
    for (old, tensor), (new, place) in zip(state.items(), expected.items(), strict=True):
        if tensor.shape != place.shape or old.rpartition(".")[2] != new.rpartition(".")[2]:
            message = (
                f"{weights}: {old} {tuple(tensor.shape)} cannot be {new} {tuple(place.shape)} of timm's {architecture}."
            )
            raise DataError(message)
        renamed[new] = tensor.contiguous()
    save_file(renamed, out, metadata={"format": "pt"})
