"""Cross-entropy of the next item over the whole catalogue, or over a shared random part of it.

Klenitskiy, Vasilev, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?", RecSys 2023, arXiv
2309.07602: with cross-entropy over all items, or over thousands of negatives, SASRec overtakes BERT4Rec; one negative
with a binary loss, as first published, makes it overconfident (Petrov, Macdonald, "gSASRec", RecSys 2023, arXiv
2308.07192). Ours: the negatives are shared by a batch, and the logarithm of their share corrects the logits, so that
the sum over the catalogue is estimated without bias (Jean et al., ACL 2015, arXiv 1412.2007).
"""

import math
from typing import Any

import torch
from torch.nn import functional

_CELLS = 2**19
"""Logits computed at once: they stay in a processor's cache, and no catalogue fills the memory."""
_MIN_ROWS = 64
"""Fewer rows at once would leave matrix products slow, however large the catalogue is."""


def full_cross_entropy(hidden: torch.Tensor, targets: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
    """Return the mean of -ln softmax(hidden @ items.T)[target].

    Args:
        hidden: (N, D).
        targets: (N) rows of ``items``.
        items: (I, D).
    """
    # Exponentials of half-precision logits would lose what tells items apart.
    with torch.autocast(hidden.device.type, enabled=False):
        loss: torch.Tensor = _FullCrossEntropy.apply(hidden.float(), targets, items.float())
    return loss


def sampled_cross_entropy(
    hidden: torch.Tensor, targets: torch.Tensor, items: torch.Tensor, sample: torch.Tensor
) -> torch.Tensor:
    """Return the mean of -ln softmax over the target and a sample of the other items, weighed to stand for all.

    Args:
        hidden: (N, D).
        targets: (N) rows of ``items``.
        items: (I, D).
        sample: (K) distinct rows of ``items``, drawn uniformly; all of them give ``full_cross_entropy``.
    """
    positive = (hidden * items[targets]).sum(dim=1)
    others = hidden @ items[sample].T
    others = others.masked_fill(targets[:, None] == sample, -math.inf)
    weighed = torch.logsumexp(others.float(), dim=1) + math.log(len(items) / len(sample))
    return functional.softplus(weighed - positive).mean()


class _FullCrossEntropy(torch.autograd.Function):
    """Computes gradients with the loss, part by part, so that the logits are made once and never kept."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, targets: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        loss = hidden.new_zeros((), dtype=torch.float32)
        to_hidden = torch.empty_like(hidden)
        to_items = torch.zeros_like(items)
        step = max(_MIN_ROWS, _CELLS // len(items))
        for at in range(0, len(hidden), step):
            part, wanted = hidden[at : at + step], targets[at : at + step, None]
            logits = part @ items.T
            highest = logits.amax(dim=1, keepdim=True)
            chosen = logits.gather(1, wanted)
            mass = logits.sub_(highest).exp_()
            total = mass.sum(dim=1, keepdim=True)
            loss += (total.log() + highest - chosen).sum()
            mass.div_(total)
            mass.scatter_add_(1, wanted, torch.full_like(chosen, -1.0))
            torch.mm(mass, items, out=to_hidden[at : at + step])
            to_items.addmm_(mass.T, part)
        ctx.save_for_backward(to_hidden / len(hidden), to_items / len(hidden))
        return loss / len(hidden)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, torch.Tensor]:
        to_hidden, to_items = ctx.saved_tensors
        return gradients[0] * to_hidden, None, gradients[0] * to_items
