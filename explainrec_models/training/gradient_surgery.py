"""PCGrad: where the gradients of two tasks conflict, each loses what it has against the other.

Yu et al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020 (arXiv 2001.06782), algorithm 1. ``K`` tasks, ``D``
numbers of all parameters together.
"""

from collections.abc import Sequence

import torch
from torch import nn

TINY = 1e-12


def surgery_loss(losses: Sequence[torch.Tensor], parameters: Sequence[nn.Parameter]) -> torch.Tensor:
    """Return a loss that has the value of the sum and the gradient of the surgery.

    Lightning and accumulation treat it as any other loss. Costs a backward pass a task, whose gradients no scaler of
    fp16 has scaled.

    Args:
        losses: of the tasks, scalars (K).
        parameters: what is tuned; a task need not depend on all of it.
    """
    gradients = [_flat(loss, parameters) for loss in losses]
    orders = [torch.randperm(len(losses)).tolist() for _ in losses]
    parts = torch.split(projected(gradients, orders), [weight.numel() for weight in parameters])
    carried = torch.stack(
        [(weight * part.view_as(weight)).sum() for weight, part in zip(parameters, parts, strict=True)]
    ).sum()
    return torch.stack(list(losses)).sum().detach() + carried - carried.detach()


def projected(gradients: Sequence[torch.Tensor], orders: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return the sum of the gradients (D), each without what conflicts with another.

    Args:
        gradients: of the tasks (K of (D)).
        orders: for each task, in which order the others are held against it.
    """
    total = torch.zeros_like(gradients[0])
    for own, order in enumerate(orders):
        mine = gradients[own].clone()
        for other in order:
            conflict = mine @ gradients[other]
            if other != own and conflict < 0:
                mine -= conflict / gradients[other].square().sum().clamp_min(TINY) * gradients[other]
        total += mine
    return total


def _flat(loss: torch.Tensor, parameters: Sequence[nn.Parameter]) -> torch.Tensor:
    found = torch.autograd.grad(loss, list(parameters), retain_graph=True, materialize_grads=True)
    return torch.cat([part.reshape(-1) for part in found])
