"""Batch normalisation folded into the convolution before it: the same function in fewer passes over memory.

At inference a batch norm is y = (x - mean) / sqrt(var + eps) * weight + bias with constants, hence a scale and a shift
of each channel, which the weights and bias of the convolution before it can carry.
"""

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

TOLERANCE = 1e-4
"""Of the largest output; a folded model that differs by more is not used."""


def fold_batch_norms(model: "nn.Module", example: "Tensor") -> "nn.Module":
    """Return a folded copy of ``model``, or ``model`` itself where nothing can be folded or the outputs would differ.

    Which layers follow one another is seen by running ``model`` once, not guessed from their names or order.

    Args:
        model: in evaluation mode.
        example: a batch to run it on.
    """
    import torch

    with torch.no_grad():
        expected, pairs = _run(model, example)
        if not pairs:
            return model
        folded = copy.deepcopy(model)
        for convolution, norm in pairs:
            _fold(folded, convolution, norm)
        difference = (folded(example) - expected).abs().max()
    return folded if difference <= TOLERANCE * expected.abs().max() else model


def _run(model: "nn.Module", example: "Tensor") -> tuple["Tensor", list[tuple[str, str]]]:
    """Return the output, and the names of each convolution and the batch norm that takes what it gave."""
    from timm.layers.norm_act import BatchNormAct2d
    from torch import nn

    # The tensors are kept, since the identity of one that is gone may be that of the next.
    made: dict[int, tuple[str, Tensor]] = {}
    pairs: list[tuple[str, str]] = []
    calls: list[str] = []

    def after_convolution(name: str, output: "Tensor") -> None:
        calls.append(name)
        made[id(output)] = (name, output)

    def before_norm(name: str, given: "Tensor") -> None:
        calls.append(name)
        if id(given) in made:
            pairs.append((made[id(given)][0], name))

    hooks: list[Any] = []
    for name, module in model.named_modules():
        if type(module) in {nn.BatchNorm2d, BatchNormAct2d} and module.running_mean is not None:
            hooks.append(module.register_forward_pre_hook(lambda _, given, name=name: before_norm(name, given[0])))
        elif isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(lambda _, __, output, name=name: after_convolution(name, output)))
    try:
        expected = model(example)
    finally:
        for hook in hooks:
            hook.remove()
    # A layer that is used twice has two neighbours.
    return expected, [pair for pair in pairs if all(calls.count(name) == 1 for name in pair)]


def _fold(model: "nn.Module", convolution: str, norm: str) -> None:
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    old = model.get_submodule(norm)
    fused = fuse_conv_bn_eval(model.get_submodule(convolution), old)  # type: ignore[type-var, arg-type]
    model.set_submodule(convolution, fused)
    # timm's norms hold their activation, which stays.
    rest = [old.get_submodule(name) for name, _ in old.named_children()]
    model.set_submodule(norm, nn.Sequential(*rest))
