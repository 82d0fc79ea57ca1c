"""The learning rate by hand; draws and weights after a resumption."""

import random

import numpy as np
import pytest
import torch

from explainrec_models.training.resuming import load_trained, rate_at, seed_draws, trainable_names, with_schedule


def draws(*parts: int) -> tuple[float, float, float]:
    seed_draws(*parts)
    return float(torch.rand(1)), random.random(), float(np.random.rand())  # noqa: S311 - what libraries draw from


def frozen_below() -> torch.nn.Sequential:
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    network[0].requires_grad_(requires_grad=False)
    return network


def test_the_rate_rises_then_falls_to_zero() -> None:
    """Two warm-up steps at 1/3 and 2/3, then 8 steps from 1 down to 1/8."""
    rates = [rate_at(step, warmup_steps=2, steps=10) for step in (0, 1, 2, 6, 9, 10)]
    assert rates == pytest.approx([1 / 3, 2 / 3, 1, 0.5, 0.125, 0])


def test_a_warm_up_longer_than_the_run_never_divides_by_zero() -> None:
    assert rate_at(10, warmup_steps=20, steps=10) == pytest.approx(11 / 21)
    assert rate_at(20, warmup_steps=20, steps=10) == 0


def test_the_schedule_scales_each_groups_own_rate() -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": weights[:1], "lr": 0.3}, {"params": weights[1:], "lr": 0.03}]
    optimiser = torch.optim.AdamW(groups)
    with_schedule(optimiser, warmup_steps=2, steps=10)
    assert [group["lr"] for group in optimiser.param_groups] == pytest.approx([0.1, 0.01])


def test_draws_depend_on_the_numbers_alone() -> None:
    first = draws(7, 0, 3)
    assert draws(7, 1, 3) != first
    assert draws(7, 0, 3) == first


def test_a_checkpoint_without_a_trained_weight_is_refused() -> None:
    network = frozen_below()
    assert trainable_names(network) == {"1.weight", "1.bias"}
    state = {"1.weight": torch.full((1, 2), 2.0), "1.bias": torch.zeros(1)}
    load_trained(network, state)
    assert network.state_dict()["1.weight"].tolist() == [[2.0, 2.0]]
    with pytest.raises(AssertionError, match="a checkpoint holds every trainable tensor"):
        load_trained(network, {"1.bias": torch.zeros(1)})
