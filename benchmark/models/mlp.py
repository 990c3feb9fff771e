"""Fully connected networks, plain or with skip connections."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.options import reject, require_choice, require_count, require_flag

if TYPE_CHECKING:
    from torch import nn

    from benchmark.data.task import Task

activation_gains = {"relu": math.sqrt(2), "gelu": math.sqrt(2), "tanh": 5 / 3, "identity": 1.0}


@dataclass(frozen=True, kw_only=True)
class MLP:
    """`depth` hidden layers of `width` units between the flattened input and a linear head.

    A hidden layer is linear, optional batch norm, activation. With `skip`, every hidden layer but the first
    adds to its input: h <- h + layer(h) / sqrt(depth - 1), so that h grows by a bounded factor at any depth.
    Weights are Kaiming-normal (gain of the activation; the head as a hidden layer), biases zero.

    Attributes:
        width: units per hidden layer.
        depth: hidden layers; 0 is a linear model.
        skip: add skip connections (needs depth >= 2).
        norm: "batch" puts a batch norm before every activation, and takes the layer's own bias away.
        activation: "relu", "tanh", "gelu", or "identity" (a deep linear network).
    """

    width: int = 64
    depth: int = 2
    skip: bool = False
    norm: Literal["none", "batch"] = "none"
    activation: Literal["relu", "tanh", "gelu", "identity"] = "relu"

    def __post_init__(self) -> None:
        require_count(self, "width")
        require_count(self, "depth", least=0)
        require_flag(self, "skip")
        require_choice(self, "norm", ("none", "batch"))
        require_choice(self, "activation", tuple(activation_gains))
        if self.skip and self.depth < 2:
            reject(self, "skip", f"give depth >= 2 (it is {self.depth}): the first layer is never skipped")

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator."""
        from torch import nn

        from benchmark.models.layers import Residual, activation_layer, draw_kaiming, linear_layers

        n_features = math.prod(task.input_shape)
        stages: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        for index in range(self.depth):
            linear = linear_layers(n_features, self.width, norm=self.norm, bias=self.norm == "none")
            layer: nn.Module = nn.Sequential(*linear, activation_layer(self.activation))
            if self.skip and index > 0:
                layer = Residual(layer, scale=(self.depth - 1) ** -0.5)
            stages[f"layer{index + 1}"] = layer
            n_features = self.width
        stages["head"] = nn.Linear(n_features, task.n_outputs)
        network = nn.Sequential(stages)
        draw_kaiming(network, gain=activation_gains[self.activation])
        return network
