"""Gradient surgery by hand, and as a loss that any optimiser takes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explainrec_models.training.gradient_surgery import projected, surgery_loss


def test_conflicting_gradients_by_hand() -> None:
    first, second = torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 1.0])
    # first·second = -1: first keeps (1, 0) + (-1, 1)/2, second keeps (-1, 1) + (1, 0).
    found = projected([first, second], [[1, 0], [0, 1]])
    torch.testing.assert_close(found, torch.tensor([0.5, 0.5]) + torch.tensor([0.0, 1.0]))


@given(st.lists(st.floats(0, 5), min_size=6, max_size=6))
def test_gradients_that_agree_are_added_up(values: list[float]) -> None:
    gradients = list(torch.tensor(values).view(3, 2))
    orders = [[0, 1, 2]] * 3
    torch.testing.assert_close(projected(gradients, orders), torch.stack(gradients).sum(dim=0))


@given(st.integers(0, 1000))
def test_of_two_tasks_neither_moves_against_the_other(seed: int) -> None:
    gradients = list(torch.randn(2, 5, generator=torch.Generator().manual_seed(seed)))
    step = projected(gradients, [[1], [0]])
    assert all(step @ gradient >= -1e-4 for gradient in gradients)


def test_the_loss_has_the_value_of_the_sum_and_the_gradient_of_the_surgery() -> None:
    weight, other, idle = (nn.Parameter(torch.tensor(value)) for value in (2.0, -1.0, 7.0))
    losses = [weight**2, -3 * weight + other]
    loss = surgery_loss(losses, [weight, other, idle])
    found = torch.autograd.grad(loss, [weight, other, idle])
    assert loss.item() == pytest.approx(4 - 7)
    # Gradients (4, 0, 0) and (-3, 1, 0): 4·(-3) = -12, so (4, 0) + 12/10·(-3, 1) and (-3, 1) + 12/16·(4, 0).
    assert [float(part) for part in found] == pytest.approx([4 - 3.6 + 0, 1.2 + 1, 0])


def test_a_lone_task_keeps_its_gradient() -> None:
    weight = nn.Parameter(torch.tensor([1.0, 2.0]))
    (found,) = torch.autograd.grad(surgery_loss([weight.square().sum()], [weight]), [weight])
    torch.testing.assert_close(found, torch.tensor([2.0, 4.0]))
