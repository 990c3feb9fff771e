"""What holds for every model."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from benchmark.cells.cell import key
from tests.cells.models.networks import (
    Model,
    batch,
    built,
    every_model,
    images,
    signal_models,
    signals,
    task_of,
)

models = (*every_model, *signal_models)
names = [str(model) for model in every_model]


@pytest.mark.parametrize("model", models, ids=str)
@pytest.mark.parametrize("size", [8, 11, 28])
def test_every_model_takes_inputs_from_8_pixels_or_places(model: Model, size: int) -> None:
    task = task_of(model, 3, size, n_outputs=7)
    inputs, _ = batch(task)
    assert built(model, task)(inputs).shape == (6, 7)


@pytest.mark.parametrize("model", models, ids=str)
def test_the_seed_of_the_global_generator_decides_the_weights(model: Model) -> None:
    task = task_of(model, 1, 8)
    first, again, other = (built(model, task, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


@pytest.mark.parametrize("model", models, ids=str)
def test_the_last_layer_is_the_head(model: Model) -> None:
    network = built(model, task_of(model, 1, 8))
    head = network.get_submodule("head")
    assert isinstance(head, nn.Linear)
    assert list(network.modules())[-1] is head


@pytest.mark.parametrize("model", models, ids=str)
def test_biases_start_at_zero_and_norms_at_the_identity(model: Model) -> None:
    for layer in built(model, task_of(model, 1, 8)).modules():
        if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear, nn.GroupNorm, nn.BatchNorm1d, nn.BatchNorm2d)):
            assert layer.bias is None or not layer.bias.any()
        if isinstance(layer, (nn.GroupNorm, nn.BatchNorm1d, nn.BatchNorm2d)):
            assert bool((layer.weight == 1).all())


@pytest.mark.parametrize("model", models, ids=str)
def test_every_model_has_second_derivatives(model: Model) -> None:
    task = task_of(model, 1, 8)
    network = built(model, task).eval()
    inputs, targets = batch(task)
    weights = list(network.parameters())
    loss = task.loss(network(inputs), targets).mean()
    gradients = torch.autograd.grad(loss, weights, create_graph=True)
    squared = sum((gradient**2).sum() for gradient in gradients)
    assert isinstance(squared, torch.Tensor)
    products = torch.autograd.grad(squared, weights, allow_unused=True)
    assert any(product is not None and bool(product.any()) for product in products)


@pytest.mark.parametrize("model", models, ids=str)
def test_no_layer_changes_its_input(model: Model) -> None:
    task = task_of(model, 1, 8)
    inputs, _ = batch(task)
    before = inputs.clone()
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    network = built(model, task)
    for layer in network.modules():
        layer.register_forward_pre_hook(lambda _, args: seen.append((args[0], args[0].detach().clone())))
    network(inputs)
    assert torch.equal(inputs, before)
    assert all(torch.equal(received, copy) for received, copy in seen)


@pytest.mark.parametrize("model", every_model[3:], ids=names[3:])
def test_what_is_not_an_image_is_refused(model: Model) -> None:
    with pytest.raises(ValueError, match=r"\(3, 7, 7\).*at least 8 x 8.*MLP"):
        built(model, images(3, 7))
    with pytest.raises(
        ValueError, match=r"\(1, 40\); give images.*SignalCNN, SignalResNet or an MLP for signals"
    ):
        built(model, signals(1, 40))


@pytest.mark.parametrize("model", signal_models, ids=str)
def test_what_is_not_a_signal_is_refused(model: Model) -> None:
    name = type(model).__name__
    with pytest.raises(
        ValueError, match=rf"^{name} was given inputs of shape \(3, 7\); .* at least 8 places, or"
    ):
        built(model, signals(3, 7))
    with pytest.raises(
        ValueError, match=r"\(3, 32, 32\); give signals.*SmallCNN, ResNet or an MLP for images"
    ):
        built(model, images(3, 32))


def test_specs_need_no_torch() -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from benchmark.cells.models import densenet, mlp, small_cnn, resnet, vgg, keskar_c1\n"
        "from benchmark.cells.models import signal_cnn, signal_resnet\n"
        "from benchmark.cells.training import sgd, adam\n"
        "mlp.MLP(), small_cnn.SmallCNN(), resnet.ResNet(), vgg.VGG(), keskar_c1.KeskarC1(), densenet.DenseNet()\n"
        "signal_cnn.SignalCNN(), signal_resnet.SignalResNet()\n"
        "sgd.SGD(batch_size=8, lr=0.1, epochs=1), adam.Adam(batch_size=8, steps=1)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_model_has_a_key_of_its_own() -> None:
    assert len({key(model) for model in models}) == len(models)
