"""The few layers that torch does not have, and what all models share: normalization and initial weights.

Models are `nn.Sequential` of named stages whose last one is called `head`: the linear layer that gives the
outputs. Activations are modules, never in place, so that hooks and second derivatives see each of them.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from benchmark.cells.data.task import Task

Norm = Literal["batch", "group", "none"]
Activation = Literal["relu", "tanh", "gelu", "identity"]


class Residual(nn.Module):
    """x -> shortcut(x) + scale * body(x), with the identity as shortcut unless one is given."""

    def __init__(self, body: nn.Module, *, shortcut: nn.Module | None = None, scale: float = 1.0) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut or nn.Identity()
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        shortcut: Tensor = self.shortcut(x)
        body: Tensor = self.body(x)
        return shortcut + (body if self.scale == 1 else self.scale * body)


class Concatenated(nn.Module):
    """x -> (x, body(x)), one behind the other in the channels."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return torch.cat([x_BCHW, self.body(x_BCHW)], dim=1)


class SpatialMean(nn.Module):
    """Mean over height and width of a picture, or over the places of a signal.

    The adaptive pooling of torch has no deterministic gradient on CUDA.
    """

    def forward(self, x_BCS: Tensor) -> Tensor:
        return x_BCS.mean(tuple(range(2, x_BCS.dim())))


class Scale(nn.Module):
    """x -> factor * x: a fixed multiplier of the weights before or behind it."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x

    def extra_repr(self) -> str:
        return f"factor={self.factor:.6g}"


def activation_layer(name: Activation) -> nn.Module:
    """Return the activation called `name`."""
    layers = {"relu": nn.ReLU(), "tanh": nn.Tanh(), "gelu": nn.GELU(), "identity": nn.Identity()}
    return layers[name]


def conv_layers(
    channels_in: int, channels_out: int, *, norm: Norm, bias: bool, size: int = 3, stride: int = 1
) -> list[nn.Module]:
    """Return a zero-padded convolution and its norm; groups are 8, or as many as divide the channels."""
    conv = nn.Conv2d(channels_in, channels_out, size, stride=stride, padding=size // 2, bias=bias)
    if norm == "none":
        return [conv]
    groups = math.gcd(8, channels_out)
    return [conv, nn.BatchNorm2d(channels_out) if norm == "batch" else nn.GroupNorm(groups, channels_out)]


def signal_conv_layers(
    channels_in: int,
    channels_out: int,
    *,
    norm: Literal["batch", "none"],
    bias: bool,
    size: int = 3,
    stride: int = 1,
) -> list[nn.Module]:
    """Return a zero-padded convolution of a signal, shape (B, channels, length), and its norm, if any."""
    conv = nn.Conv1d(channels_in, channels_out, size, stride=stride, padding=size // 2, bias=bias)
    return [conv, nn.BatchNorm1d(channels_out)] if norm == "batch" else [conv]


def linear_layers(
    n_inputs: int, n_units: int, *, norm: Literal["batch", "none"], bias: bool
) -> list[nn.Module]:
    """Return a linear layer and its norm, if any."""
    linear = nn.Linear(n_inputs, n_units, bias=bias)
    return [linear, nn.BatchNorm1d(n_units)] if norm == "batch" else [linear]


def scaled_layers(layers: nn.Sequential, *, before: float, after: float) -> nn.Sequential:
    """Return layers with the input of the first multiplied by `before` and its output by `after`.

    The layers keep their names, hence the weights too; a factor of 1 adds nothing.
    """
    first, *others = layers.named_children()
    stages = [("before", Scale(before)), first, ("after", Scale(after)), *others]
    return nn.Sequential(OrderedDict((name, layer) for name, layer in stages if not _is_one(layer)))


def _is_one(layer: nn.Module) -> bool:
    return isinstance(layer, Scale) and layer.factor == 1


def residual_block(
    channels_in: int,
    channels: int,
    *,
    stride: int,
    skip: bool,
    convolution: Callable[..., list[nn.Module]],
    scale: float = 1.0,
) -> nn.Module:
    """Return two convolutions with ReLU after the first and after the sum with the shortcut.

    Where the shape changes, the shortcut is a convolution with a window of 1. Without `skip` there is none. What is
    added to the shortcut is multiplied by `scale`.
    """
    first = convolution(channels_in, channels, stride=stride)
    body = nn.Sequential(*first, nn.ReLU(), *convolution(channels, channels))
    if not skip:
        return nn.Sequential(body, nn.ReLU())
    changes = stride != 1 or channels_in != channels
    shortcut = nn.Sequential(*convolution(channels_in, channels, size=1, stride=stride)) if changes else None
    return nn.Sequential(Residual(body, shortcut=shortcut, scale=scale), nn.ReLU())


def residual_stage(
    n_blocks: int,
    channels_in: int,
    channels: int,
    *,
    stride: int,
    skip: bool,
    convolution: Callable[..., list[nn.Module]],
    scale: float = 1.0,
) -> nn.Module:
    """Return blocks of equal shape in a row, of which the first may change the shape."""
    block = partial(residual_block, skip=skip, convolution=convolution, scale=scale)
    others = (block(channels, channels, stride=1) for _ in range(n_blocks - 1))
    return nn.Sequential(block(channels_in, channels, stride=stride), *others)


def vgg_group(n_convolutions: int, channels_in: int, channels: int, *, norm: Norm) -> nn.Module:
    """Return convolutions with ReLU, closed by 2 x 2 max pooling (an odd size is rounded up)."""
    layers: list[nn.Module] = []
    for index in range(n_convolutions):
        layers += conv_layers(channels if index else channels_in, channels, norm=norm, bias=True)
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.MaxPool2d(2, ceil_mode=True))


def dense_block(n_layers: int, channels_in: int, growth: int) -> nn.Module:
    """Return layers that each put `growth` channels behind their input, by way of 4 `growth` channels."""
    layers = []
    for index in range(n_layers):
        narrow = preactivated(channels_in + index * growth, 4 * growth, size=1)
        layers.append(Concatenated(nn.Sequential(*narrow, *preactivated(4 * growth, growth, size=3))))
    return nn.Sequential(*layers)


def transition(channels_in: int, channels_out: int) -> nn.Module:
    """Return batch norm, ReLU, a 1 x 1 convolution and 2 x 2 average pooling."""
    return nn.Sequential(*preactivated(channels_in, channels_out, size=1), nn.AvgPool2d(2))


def preactivated(channels_in: int, channels_out: int, *, size: int) -> list[nn.Module]:
    """Return batch norm, ReLU and a zero-padded convolution without bias."""
    conv = nn.Conv2d(channels_in, channels_out, size, padding=size // 2, bias=False)
    return [nn.BatchNorm2d(channels_in), nn.ReLU(), conv]


def image_shape(task: Task, model: str, *, smallest: int = 8) -> tuple[int, int, int]:
    """Return channels, height and width of the inputs of `task`.

    Raises:
        ValueError: when the inputs are not images, or too small for the strides of `model`.
    """
    shape = task.input_shape
    if len(shape) != 3 or min(shape[1:]) < smallest:
        other = "SignalCNN, SignalResNet or an MLP for signals" if len(shape) == 2 else "an MLP"
        raise ValueError(
            f"{model} was given inputs of shape {shape}; "
            f"give images (channels, height, width) of at least {smallest} x {smallest}, or take {other}"
        )
    channels, height, width = shape
    return channels, height, width


def signal_shape(task: Task, model: str, *, shortest: int = 8) -> tuple[int, int]:
    """Return channels and length of the inputs of `task`.

    Raises:
        ValueError: when the inputs are not signals, or too short for the strides of `model`.
    """
    shape = task.input_shape
    if len(shape) != 2 or shape[1] < shortest:
        other = "SmallCNN, ResNet or an MLP for images" if len(shape) == 3 else "an MLP"
        raise ValueError(
            f"{model} was given inputs of shape {shape}; "
            f"give signals (channels, length) of at least {shortest} places, or take {other}"
        )
    channels, length = shape
    return channels, length


def draw_kaiming(module: nn.Module, *, gain: float = math.sqrt(2)) -> None:
    """Redraw every convolution and linear weight from N(0, gain^2 / fan_in), with zero biases.

    Draws from the global generator, in the order of `module.modules()`. Normalization layers keep scale 1,
    shift 0. The gain of sqrt(2) is for ReLU (He et al. 2015, eq. 10).
    """
    for layer in _weighted_layers(module):
        fan_in = layer.weight[0].numel()
        nn.init.normal_(layer.weight, std=gain / math.sqrt(fan_in))


def draw_glorot(module: nn.Module) -> None:
    """Redraw convolution and linear weights uniformly (Glorot & Bengio 2010, eq. 16), with zero biases."""
    for layer in _weighted_layers(module):
        nn.init.xavier_uniform_(layer.weight)


def _weighted_layers(module: nn.Module) -> list[nn.Conv1d | nn.Conv2d | nn.Linear]:
    layers = [layer for layer in module.modules() if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear))]
    for layer in layers:
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return layers
