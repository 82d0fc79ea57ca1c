"""Cross-entropy by hand, against torch's own, and from samples."""

import math
from itertools import combinations

import pytest
import torch
from torch.nn import functional

from explainrec_models.parts import next_item_loss
from explainrec_models.parts.next_item_loss import full_cross_entropy, sampled_cross_entropy


def drawn(rows: int, items: int, width: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(rows * 100 + items)
    hidden = torch.randn(rows, width, generator=generator, requires_grad=True)
    weights = torch.randn(items, width, generator=generator, requires_grad=True)
    return hidden, torch.randint(items, (rows,), generator=generator), weights


def test_the_loss_by_hand() -> None:
    """Logits 0, ln 2 and ln 5 have the probabilities 1/8, 2/8 and 5/8; the second is right."""
    items = torch.tensor([[0.0], [math.log(2)], [math.log(5)]])
    loss = full_cross_entropy(torch.ones(1, 1), torch.tensor([1]), items)
    assert loss.item() == pytest.approx(math.log(4))


@pytest.mark.parametrize(("rows", "items"), [(1, 2), (7, 3), (200, 11)])
@pytest.mark.parametrize("cells", [1, 2**19])
def test_loss_and_gradients_are_those_of_torch(
    rows: int, items: int, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_item_loss, "_CELLS", cells)
    hidden, targets, weights = drawn(rows, items)
    ours = full_cross_entropy(hidden, targets, weights)
    # A factor in front of the loss must reach the gradients, as gradient accumulation has it.
    gradients = torch.autograd.grad(3 * ours, (hidden, weights))
    expected = functional.cross_entropy(hidden @ weights.T, targets)
    torch.testing.assert_close(ours, expected)
    for one, other in zip(gradients, torch.autograd.grad(3 * expected, (hidden, weights)), strict=True):
        torch.testing.assert_close(one, other)


def test_logits_too_large_for_an_exponential_keep_the_loss_finite() -> None:
    hidden, items = torch.tensor([[1000.0]]), torch.tensor([[1.0], [0.9]])
    assert full_cross_entropy(hidden, torch.tensor([1]), items).item() == pytest.approx(100, rel=1e-4)


def test_half_precision_around_the_loss_does_not_touch_it() -> None:
    hidden, targets, weights = drawn(9, 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = full_cross_entropy(hidden, targets, weights)
    assert torch.equal(inside, full_cross_entropy(hidden, targets, weights))


def test_a_sample_of_everything_is_the_whole_catalogue() -> None:
    hidden, targets, weights = drawn(8, 6)
    sampled = sampled_cross_entropy(hidden, targets, weights, torch.randperm(6))
    full = full_cross_entropy(hidden, targets, weights)
    torch.testing.assert_close(sampled, full)
    for one, other in zip(
        torch.autograd.grad(sampled, (hidden, weights)), torch.autograd.grad(full, (hidden, weights)), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_samples_estimate_the_sum_over_the_catalogue_without_bias() -> None:
    """exp(loss) - 1 is the other items' mass over the target's: its mean over all samples of 3 of 6 is the true one."""
    hidden, targets, weights = drawn(1, 6)
    masses = [
        torch.exp(sampled_cross_entropy(hidden, targets, weights, torch.tensor(sample))) - 1
        for sample in combinations(range(6), 3)
    ]
    expected = torch.exp(full_cross_entropy(hidden, targets, weights)) - 1
    torch.testing.assert_close(torch.stack(masses).mean(), expected)


def test_a_sample_of_the_target_alone_asks_nothing() -> None:
    hidden, targets, weights = drawn(1, 6)
    loss = sampled_cross_entropy(hidden, targets, weights, targets)
    assert loss.item() == 0
    assert all(torch.isfinite(one).all() for one in torch.autograd.grad(loss, (hidden, weights)))
