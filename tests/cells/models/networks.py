"""What the tests of the models share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.cells.data.task import Task, classification
from benchmark.cells.models.densenet import DenseNet
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.models.vgg import VGG

Model = MLP | SmallCNN | ResNet | VGG | KeskarC1 | DenseNet | SignalCNN | SignalResNet

every_model: tuple[Model, ...] = (
    MLP(width=8),
    MLP(width=8, depth=4, skip=True, norm="batch"),
    MLP(width=8, parametrization="mup", base_width=2),
    SmallCNN(width=4),
    SmallCNN(width=4, norm="batch"),
    ResNet(depth=8, width=4),
    ResNet(depth=8, width=4, norm="group"),
    ResNet(depth=8, width=4, norm="none", skip=False),
    VGG(width=4),
    VGG(width=4, norm="none"),
    VGG(depth=16, width=4),
    KeskarC1(width=4),
    DenseNet(blocks=(1, 2), growth=4),
)
signal_models: tuple[Model, ...] = (
    SignalCNN(width=5),
    SignalResNet(depth=8, width=4),
    SignalResNet(depth=14, width=4, norm="none", scaled_branches=True),
    SignalResNet(depth=8, width=4, norm="none", skip=False),
)


def images(channels: int, size: int, n_outputs: int = 10) -> Task:
    return classification(input_shape=(channels, size, size), n_outputs=n_outputs)


def signals(channels: int, length: int, n_outputs: int = 10) -> Task:
    return classification(input_shape=(channels, length), n_outputs=n_outputs, kind="vectors")


def task_of(model: Model, channels: int, size: int, n_outputs: int = 10) -> Task:
    """Return a task of what the model reads: images, or signals of as many places."""
    kind = signals if isinstance(model, SignalCNN | SignalResNet) else images
    return kind(channels, size, n_outputs)


def built(model: Model, task: Task, seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return model.build(task)


def n_weights(model: Model, task: Task) -> int:
    return sum(weight.numel() for weight in built(model, task).parameters())


def batch(task: Task, n_examples: int = 6) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(n_examples, *task.input_shape, generator=generator)
    return inputs, torch.randint(task.n_outputs, (n_examples,), generator=generator)


def scrambled(module: nn.Module, seed: int = 0) -> nn.Module:
    """Return a network in float64 whose every weight and buffer is drawn, so that nothing is 0, 1 or equal."""
    generator = torch.Generator().manual_seed(seed)
    weights = module.double().eval().state_dict()
    for name, value in weights.items():
        if value.is_floating_point():
            spread = 0.5 * torch.rand(value.shape, generator=generator, dtype=torch.float64)
            signed = (
                torch.randn(value.shape, generator=generator, dtype=torch.float64) / value[0].numel() ** 0.5
            )
            value.copy_(signed if value.dim() > 1 or name.endswith("bias") else 0.5 + spread)
    return module
