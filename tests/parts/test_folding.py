"""A folded model gives what it gave; where it would not, it is left as it is."""

import pytest
import timm
import torch
from torch import Tensor, nn

from explainrec_models.parts.folding import TOLERANCE, fold_batch_norms


def lived_in(model: nn.Module) -> nn.Module:
    """Statistics and weights as after training: without them a batch norm does nothing."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.running_mean, -0.2, 0.2),
                (module.running_var, 0.5, 2.0),
                (module.weight, 0.5, 1.5),
                (module.bias, -0.2, 0.2),
            ):
                assert tensor is not None
                tensor.data.uniform_(low, high, generator=generator)
    return model.eval()


def norms(model: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())


def test_arithmetic_by_hand() -> None:
    """A convolution that triples and adds 1, then (x - 4) / sqrt(3 + 1) * 10 + 5: of 2 it is 7, then 20.

    Folded: weight 3 * 10 / 2 = 15, bias (1 - 4) * 10 / 2 + 5 = -10; of 2 it is 30 - 10 = 20.
    """
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1, eps=1.0)).eval()
    convolution, norm = model[0], model[1]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    for tensor, value in (
        (convolution.weight, 3.0),
        (convolution.bias, 1.0),
        (norm.running_mean, 4.0),
        (norm.running_var, 3.0),
        (norm.weight, 10.0),
        (norm.bias, 5.0),
    ):
        assert tensor is not None
        tensor.data.fill_(value)
    folded = fold_batch_norms(model, torch.ones(1, 1, 2, 2))
    assert isinstance(folded, nn.Sequential)
    assert isinstance(folded[0], nn.Conv2d)
    assert folded[0].bias is not None
    assert (folded[0].weight.item(), folded[0].bias.item()) == (15.0, -10.0)
    assert folded(torch.full((1, 1, 1, 1), 2.0)).item() == 20.0
    assert norms(model) == 1


@pytest.mark.parametrize("name", ["test_efficientnet", "test_resnet", "test_byobnet"])
def test_timm_models_keep_their_outputs_without_their_norms(name: str) -> None:
    model = lived_in(timm.create_model(name, num_classes=0))
    pictures = torch.rand(3, 3, 96, 96, generator=torch.Generator().manual_seed(2)) * 2 - 1
    folded = fold_batch_norms(model, pictures[:1])
    assert norms(model) > 3
    assert norms(folded) == 0
    with torch.no_grad():
        expected, found = model(pictures), folded(pictures)
    assert expected.std() > 0
    assert (found - expected).abs().max() <= TOLERANCE * expected.abs().max()


def test_a_model_without_norms_stays_itself() -> None:
    model = timm.create_model("test_vit", num_classes=0).eval()
    assert fold_batch_norms(model, torch.zeros(1, 3, 160, 160)) is model


class _Branching(nn.Module):
    """The norm is not the only one that takes the convolution's output."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, pictures: Tensor) -> Tensor:
        seen: Tensor = self.convolution(pictures)
        normed: Tensor = self.norm(seen)
        return seen + normed


class _Shared(_Branching):
    """One convolution before two norms."""

    def forward(self, pictures: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.convolution(self.convolution(pictures)))
        return normed


@pytest.mark.parametrize("build", [_Branching, _Shared])
def test_layers_with_other_neighbours_are_not_folded(build: type[nn.Module]) -> None:
    torch.manual_seed(0)
    model = lived_in(build())
    assert fold_batch_norms(model, torch.rand(1, 3, 4, 4)) is model


def test_no_hook_is_left_behind() -> None:
    model = lived_in(timm.create_model("test_efficientnet", num_classes=0))
    folded = fold_batch_norms(model, torch.zeros(1, 3, 64, 64))
    for module in (*model.modules(), *folded.modules()):
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
